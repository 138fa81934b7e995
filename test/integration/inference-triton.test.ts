/** NVIDIA Triton's core and HTTP front end, with our config.pbtxt and networks, under the service's engine. */
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { NetworkAnswer, NetworkEngine } from '../../src/assessment/domain/ports.ts';
import type { Fault } from '../../src/errors.ts';
import { makeNetworkInput } from '../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../src/inference/golden-check.ts';
import { createOnnxEngine } from '../../src/inference/onnx-engine.ts';
import type { OnnxEngine } from '../../src/inference/onnx-engine.ts';
import { callServer } from '../../src/inference/open-inference-client.ts';
import type { ServerAnswer } from '../../src/inference/open-inference-client.ts';
import { decodeResponse, encodeRequest, JSON_LENGTH_HEADER } from '../../src/inference/open-inference-codec.ts';
import { createOpenInferenceEngine } from '../../src/inference/open-inference-engine.ts';
import type { OpenInferenceEngine } from '../../src/inference/open-inference-engine.ts';
import { catchError } from '../support/inference-faults.ts';
import { skip } from '../support/skip.ts';
import { NO_TRITON, startTriton } from '../support/triton/start-triton.ts';
import type { TritonServer } from '../support/triton/start-triton.ts';
import { makeInput, MODELS_DIR, SMALL_ENSEMBLE, toleranceOf } from '../unit/inference/engine-fixture.ts';

const python = process.env['TRITON_PYTHON'];
const NETWORK = 'mobilenetv3_small_100';
const SMALL = { ensemble: SMALL_ENSEMBLE };
const forever = new AbortController().signal;

describe('Triton with our networks', function () {
  this.timeout(600_000);
  let server: TritonServer;
  const opened: NetworkEngine[] = [];

  before(async function () {
    if (python === undefined) skip(this, NO_TRITON);
    server = await startTriton(python, SMALL);
  });
  afterEach(() => Promise.all(opened.splice(0).map((engine) => engine.close())));
  after(async () => {
    if (python !== undefined) await server.stop();
  });

  const openLocal = async (ensembleFile = SMALL_ENSEMBLE): Promise<OnnxEngine> => {
    const environment = { ORT_DISABLE_TELEMETRY: '1' };
    const logger = pino({ level: 'silent' });
    const engine = await createOnnxEngine({ modelsDir: MODELS_DIR, ensembleFile, threads: 2, logger, environment });
    opened.push(engine);
    return engine;
  };
  const openRemote = async (ensembleFile = SMALL_ENSEMBLE): Promise<OpenInferenceEngine> => {
    const engine = await createOpenInferenceEngine({
      baseUrl: server.baseUrl,
      modelsDir: MODELS_DIR,
      ensembleFile,
      logger: pino({ level: 'silent' }),
      verifyModel: (model, prober) => checkGolden(model, prober, makeNetworkInput),
      requestTimeoutMs: 120_000,
    });
    opened.push(engine);
    return engine;
  };
  const run = (engine: NetworkEngine, slices: number, at = 0): Promise<NetworkAnswer> => {
    const network = engine.ensemble.networks[at]!;
    return engine.run(network, makeInput(network, slices), { signal: forever });
  };

  describe('the small network', () => {
    it('is taken with the config.pbtxt of its version, and warm for 1 and 16 slices when the server is ready', async () => {
      const config = await readFile(`${server.repository}/${NETWORK}/config.pbtxt`, 'utf8');
      const [ours, ...node] = config.split(/(?=^instance_group)/m);
      expect(ours).to.equal(await readFile(`${MODELS_DIR}/${NETWORK}/0.1.0/config.pbtxt`, 'utf8'));
      expect(node).to.deep.equal(['instance_group [ { count: 1 kind: KIND_CPU } ]\n']);
      expect(await readComputed(server)).to.deep.equal({ 1: 1, 16: 1 });
    });

    it('is proven by the golden vectors and gives the probabilities of the in-process engine', async () => {
      const [remote, local] = [await openRemote(), await openLocal()];
      await remote.whenUp();
      expectSame(await run(remote, 20), await run(local, 20));
    });

    it('answers in binary, uncompressed, what it answers in JSON', async () => {
      const shape = [2, 3, 224, 224];
      const [binary, json] = [await infer(server, { shape }), await infer(server, { shape, isBinary: false })];
      expect(binary.headers.get('content-type')).to.equal('application/octet-stream');
      expect(Number(binary.headers.get(JSON_LENGTH_HEADER))).to.be.greaterThan(50);
      expect(json.headers.get(JSON_LENGTH_HEADER)).to.equal(null);
      expect([binary, json].map(({ headers }) => headers.get('content-encoding'))).to.deep.equal([null, null]);
      const [raw, text] = [binary, json].map(decode);
      text!.forEach((logit, index) => expect(logit).to.be.closeTo(raw![index]!, 1e-6));
    });

    it('gets studies put together by the dynamic batcher, and each its own answer', async () => {
      const [remote, local] = [await openRemote(), await openLocal()];
      await remote.whenUp();
      const before = await readComputed(server);
      const sizes = [1, 2, 3, 4, 5, 6];
      const answers = await Promise.all(sizes.map((slices) => run(remote, slices)));
      for (const [index, slices] of sizes.entries()) expectSame(answers[index]!, await run(local, slices));
      const [calls, slices] = [countOf(await readComputed(server)) - countOf(before), sizes.length];
      expect(calls, `${slices} studies in fewer batches`).to.be.within(1, slices - 1);
    });

    const REFUSALS: readonly [string, Parameters<typeof infer>[1], object][] = [
      ['a network it lacks', { network: 'other' }, { code: 'inference-unavailable', retryable: true }],
      ['65 slices', { shape: [65, 3, 224, 224], slices: 65 }, { code: 'inference-failed', retryable: false }],
      ['another size', { shape: [2, 3, 225, 224] }, { code: 'inference-failed', retryable: false }],
      ['fewer pixels than it says', { shape: [3, 3, 224, 224] }, { code: 'inference-failed', retryable: false }],
    ];
    for (const [what, asked, fault] of REFUSALS) {
      it(`refuses ${what}, and that has a name`, async () => {
        expect(await catchError(infer(server, asked))).to.include(fault);
      });
    }
  });

  describe('that is not fit', () => {
    const UNFIT: readonly [string, Partial<Parameters<TritonServer['restart']>[0]>, object][] = [
      [
        'has a network that does not load, and counts as ready',
        {
          models: { [NETWORK]: 'package.json' },
          options: ['--exit-on-error=false', '--strict-readiness=false'],
        },
        { code: 'inference-unavailable', message: `The inference server answered 404 at v2/models/${NETWORK}` },
      ],
      [
        'takes pixels of another size',
        { editConfig: (text) => text.replace(/^model_warmup[^]*?^\]/m, '').replaceAll('224, 224', '225, 225') },
        { code: 'contract-invalid', message: `The inference server serves FP32 [-1,3,225,225] as ${NETWORK} pixels` },
      ],
    ];
    for (const [what, serving, fault] of UNFIT) {
      it(`${what}: gets no study, for a reason that has a name`, async () => {
        await server.restart({ ...SMALL, ...serving });
        const remote = await openRemote();
        let refusal: Fault;
        do {
          await pause(100);
          refusal = (await catchError(run(remote, 1))) as Fault;
        } while (refusal.cause === undefined);
        expect(refusal).to.include({ code: 'inference-unavailable', retryable: true });
        expect(refusal.cause).to.include(fault);
      });
    }
  });

  describe('as models/triton-repository.ts lays them out', () => {
    it('take what it says about instances and TensorRT', async () => {
      await server.restart({ ...SMALL, words: ['--kind', 'cpu', '--instances', '2', '--tensorrt', 'fp16'] });
      const answer = await fetch(`${server.baseUrl}/v2/models/${NETWORK}/config`);
      const { instance_group, optimization } = (await answer.json()) as Record<string, unknown>;
      expect(instance_group).to.have.lengthOf(1).and.have.nested.property('[0].count', 2);
      const [accelerator] = (optimization as Accelerated).execution_accelerators.gpu_execution_accelerator;
      expect(accelerator).to.have.property('name', 'tensorrt');
      expect(accelerator!.parameters).to.include({ precision_mode: 'FP16', trt_engine_cache_enable: 'true' });
    });

    it('both of the service: are proven and give what the in-process engine gives', async () => {
      const ensemble = `${MODELS_DIR}/ensemble.json`;
      await server.restart({ ensemble });
      const remote = await openRemote(ensemble);
      await remote.whenUp();
      const answers = [await run(remote, 3, 0), await run(remote, 3, 1)];
      await server.kill();
      const local = await openLocal(ensemble);
      for (const [at, answer] of answers.entries()) expectSame(answer, await run(local, 3, at));
    });
  });
});

interface Accelerated {
  readonly execution_accelerators: {
    readonly gpu_execution_accelerator: readonly { readonly name: string; readonly parameters: object }[];
  };
}

interface Asked {
  readonly network?: string;
  readonly shape?: readonly number[];
  /** How many the body holds. */
  readonly slices?: number;
  readonly isBinary?: boolean;
}

function infer({ baseUrl }: TritonServer, asked: Asked): Promise<ServerAnswer> {
  const { network = NETWORK, shape = [2, 3, 224, 224], slices = 2, isBinary = true } = asked;
  const pixels = Float32Array.from({ length: slices * 3 * 224 * 224 }, (_, index) => Math.sin(index / 7));
  const request = encodeRequest({ name: 'pixels', shape, parts: [pixels] }, ['logits', 'cam'], { isBinary });
  const path = `v2/models/${network}/infer`;
  const limits = { signal: forever, timeoutMs: 60_000, maximumBytes: 1e6 };
  return callServer({ baseUrl }, { method: 'POST', path, ...request, ...limits });
}

/** The logits of two slices. */
function decode({ headers, body }: ServerAnswer): Float32Array {
  const expected = [
    { name: 'logits', shape: [2, 3] },
    { name: 'cam', shape: [2, 3, 7, 7] },
  ];
  return decodeResponse(body, headers.get(JSON_LENGTH_HEADER), expected)[0]!;
}

/** Batch size -> how often it was computed, the warm-up included. */
async function readComputed({ baseUrl }: TritonServer): Promise<Record<string, number>> {
  const answer = await fetch(`${baseUrl}/v2/models/${NETWORK}/stats`);
  const { model_stats } = (await answer.json()) as {
    model_stats: { batch_stats: { batch_size: number; compute_infer: { count: number } }[] }[];
  };
  const batches = model_stats[0]!.batch_stats.map((each) => [each.batch_size, each.compute_infer.count] as const);
  return Object.fromEntries(batches);
}

function countOf(computed: Record<string, number>): number {
  return Object.values(computed).reduce((sum, count) => sum + count, 0);
}

function expectSame(there: NetworkAnswer, here: NetworkAnswer): void {
  expect(there.logits).to.have.length(here.logits.length);
  there.logits.forEach((logit, index) =>
    expect(toProbability(logit)).to.be.closeTo(toProbability(here.logits[index]!), 1e-3),
  );
  expect(there.cams).to.have.length(here.cams.length);
  there.cams.forEach((value, index) => expect(value).to.be.closeTo(here.cams[index]!, toleranceOf(value)));
}

function toProbability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
