/**
 * What the service's engine must do when a real server of the Open Inference Protocol dies, hangs, runs out of memory and
 * comes back with other weights: the same for every server.
 */
import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { NetworkAnswer, NetworkInput } from '../../src/assessment/domain/ports.ts';
import { makeNetworkInput } from '../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../src/inference/golden-check.ts';
import type { OnnxEngine } from '../../src/inference/onnx-engine.ts';
import { createOpenInferenceEngine } from '../../src/inference/open-inference-engine.ts';
import type { OpenInferenceEngine, OpenInferenceEngineOptions } from '../../src/inference/open-inference-engine.ts';
import {
  makeInput,
  MODELS_DIR,
  openSmallEngine,
  SMALL_ENSEMBLE,
  SMALL_FOLDER,
  toleranceOf,
} from '../unit/inference/engine-fixture.ts';
import type { InferenceServerProcess, Serving } from './inference-server-process.ts';
import { skip } from './skip.ts';

export interface FaultyServer {
  readonly name: string;
  /** A Python that has it; without one the tests are skipped. */
  readonly python: string | undefined;
  readonly whyNot: string;
  readonly start: (python: string, serving: Serving) => Promise<InferenceServerProcess<Serving>>;
}

export interface FaultScene {
  readonly server: InferenceServerProcess<Serving>;
  readonly openProven: (options?: Partial<OpenInferenceEngineOptions>) => Promise<OpenInferenceEngine>;
  readonly run: (engine: Pick<OnnxEngine, 'run'>, signal?: AbortSignal) => Promise<NetworkAnswer>;
  readonly expectSame: (answer: NetworkAnswer) => void;
}

const WEIGHTS = `${MODELS_DIR}/${SMALL_FOLDER}/model.onnx`;
export const OURS: Serving = { models: { mobilenetv3_small_100: WEIGHTS } };
const SLICES = 24;
const forever = new AbortController().signal;

/** To be called at the top of a test file; `more` adds what only this server does. */
export function describeFaults(faulty: FaultyServer, more: (scene: FaultScene) => void = () => undefined): void {
  describe(`${faulty.name} under the engine`, function () {
    this.timeout(300_000);
    const scene = useScene(faulty);
    describeDeath(scene);
    describeSilence(scene);
    describeOtherWeights(scene);
    more(scene);
  });
}

function useScene({ python, whyNot, start }: FaultyServer): FaultScene {
  let server: InferenceServerProcess<Serving> | undefined;
  let local: OnnxEngine;
  let expected: NetworkAnswer;
  /** Made once: on a busy machine that takes longer than a call may. */
  let input: NetworkInput;
  const opened: OpenInferenceEngine[] = [];

  before(async function () {
    if (python === undefined) skip(this, whyNot);
    server = await start(python, OURS);
    local = await openSmallEngine();
    input = makeInput(network(), SLICES);
    expected = await run(local);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((engine) => engine.close()));
    await server?.restart(OURS);
  });
  after(async () => {
    if (server !== undefined) await Promise.all([server.stop(), local.close()]);
  });

  const network = () => local.ensemble.networks[0]!;
  const run: FaultScene['run'] = (engine, signal = forever) => engine.run(network(), input, { signal });
  return {
    get server() {
      return server!;
    },
    run,
    openProven: async (options = {}) => {
      const engine = await createOpenInferenceEngine({
        baseUrl: server!.baseUrl,
        modelsDir: MODELS_DIR,
        ensembleFile: SMALL_ENSEMBLE,
        logger: pino({ level: 'silent' }),
        cooldownMs: 100,
        failuresToOpen: 1,
        verifyModel: (model, prober) => checkGolden(model, prober, makeNetworkInput),
        ...options,
      });
      opened.push(engine);
      await engine.whenUp();
      return engine;
    },
    expectSame: (answer) => {
      expect(answer.logits).to.have.length(expected.logits.length);
      answer.logits.forEach((logit, index) => expect(logit).to.be.closeTo(expected.logits[index]!, toleranceOf(logit)));
    },
  };
}

function describeDeath(scene: FaultScene): void {
  const { openProven, run, expectSame } = scene;

  it('killed in the middle of a study: the study fails by name, and runs once the server is back and proven', async () => {
    const engine = await openProven({ batchSize: 1 });
    const study = catchError(run(engine));
    await pause(100);
    await scene.server.kill();
    expect(await study).to.include({ code: 'inference-unavailable', retryable: true });
    expect(engine.isUp()).to.equal(false);
    expect(await catchError(run(engine)), 'nothing is sent to a dead server').to.have.property(
      'message',
      'The inference server is down',
    );
    await scene.server.restart(OURS);
    await engine.whenUp();
    expectSame(await run(engine));
  });

  it('killed in the middle of a study: the fall-back answers that study and those after it', async () => {
    const fallback = await openSmallEngine();
    const engine = await openProven({ batchSize: 1, fallback });
    const study = run(engine);
    await pause(100);
    await scene.server.kill();
    expectSame(await study);
    expect(engine.isUp()).to.equal(false);
    expect(engine.isReady()).to.equal(true);
    expectSame(await run(engine));
    await scene.server.restart(OURS);
    await engine.whenUp();
    expectSame(await run(engine));
  });
}

function describeSilence(scene: FaultScene): void {
  const { openProven, run, expectSame } = scene;

  it('frozen: nobody waits longer than a call may take or the caller has, and it is used again when it thaws', async () => {
    const engine = await openProven({ attempts: 1 });
    scene.server.freeze();
    const inAHurry = performance.now();
    expect(await catchError(run(engine, AbortSignal.timeout(100)))).to.include({ code: 'deadline-exceeded' });
    expect(performance.now() - inAHurry).to.be.below(8_000);
    expect(engine.isUp(), 'a caller in a hurry says nothing about the server').to.equal(true);
    const patient = performance.now();
    expect(await catchError(run(engine))).to.include({ code: 'inference-unavailable' });
    expect(performance.now() - patient, 'one call takes 10 s at most').to.be.within(9_000, 40_000);
    expect(engine.isUp()).to.equal(false);
    scene.server.thaw();
    await engine.whenUp();
    expectSame(await run(engine));
  });

  it('out of memory for a batch: gets halves, and the study has every slice', async () => {
    await scene.server.restart({ ...OURS, memoryForSlices: 5 });
    expect(await askForSlices(scene.server.baseUrl, 5)).to.equal(200);
    expect(await askForSlices(scene.server.baseUrl, 6)).to.equal(500);
    expectSame(await run(await openProven({ batchSize: 16 })));
  });
}

function describeOtherWeights(scene: FaultScene): void {
  const { openProven, run, expectSame } = scene;
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'other-weights-'))));
  after(() => rm(folder, { recursive: true }));

  it('restarted with other weights while nobody asked: found out by the next study, used again when it serves ours', async () => {
    const engine = await openProven();
    const others = join(folder, 'model.onnx');
    await writeFile(others, await spoilWeights());
    await scene.server.restart({ models: { mobilenetv3_small_100: others } });
    expect(engine.isUp(), 'no call has failed yet').to.equal(true);
    expect(await catchError(run(engine))).to.include({ code: 'inference-unavailable', retryable: true });
    await pause(1_500);
    expect(engine.isUp()).to.equal(false);
    expect(await catchError(run(engine))).to.include({ code: 'inference-unavailable' });
    await scene.server.restart(OURS);
    await engine.whenUp();
    expectSame(await run(engine));
  });
}

/** HTTP status of a request for so many black slices. */
async function askForSlices(baseUrl: string, slices: number): Promise<number> {
  const shape = [slices, 3, 224, 224];
  const data = new Array<number>(slices * 3 * 224 * 224).fill(0);
  const inputs = [{ name: 'pixels', shape, datatype: 'FP32', data }];
  const answer = await fetch(`${baseUrl}/v2/models/mobilenetv3_small_100/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs, outputs: [{ name: 'logits' }] }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** The ONNX file with a stretch of its early weights set to 0: it loads, and answers something else. */
export async function spoilWeights(): Promise<Buffer> {
  const bytes = await readFile(WEIGHTS);
  const early = Math.floor(bytes.length / 5);
  return bytes.fill(0, early, early + 4_096);
}

export function catchError(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => error);
}
