/**
 * `npm run bench:inference [-- --slices 32 --rounds 5 --threads 2 --batch 4 --python PATH --server URL --gpu]`
 * One study (a procedural head) through every network of the ensemble and of its int8 twin: this service's engine beside
 * Python's ONNX Runtime on the same file and PyTorch (timm, eager fp32 and bf16 channels_last), interleaved in shuffled
 * order in one run, so that what else the machine does hits all alike. Trust the ratios. PyTorch has seeded weights: it is
 * there for speed only. `--server` adds a server of the Open Inference Protocol, `--gpu` PyTorch and ONNX Runtime on CUDA.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { NetworkContract } from '../src/assessment/domain/model-contract.ts';
import type { NetworkInput } from '../src/assessment/domain/ports.ts';
import { makeNetworkInput } from '../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../src/inference/golden-check.ts';
import { createOpenInferenceEngine } from '../src/inference/open-inference-engine.ts';
import { createOnnxEngine } from '../src/inference/onnx-engine.ts';
import type { OnnxEngine } from '../src/inference/onnx-engine.ts';
import { startPython, toContender } from './inference-contenders.ts';
import type { Contender, Measured } from './inference-contenders.ts';
import { createHeadPhantom } from '../src/phantom/head-phantom.ts';

const { values: words } = parseArgs({
  options: {
    slices: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '4' },
    python: { type: 'string', default: process.env['BENCH_PYTHON'] ?? 'python3' },
    ensemble: { type: 'string', default: 'models/ensemble.json' },
    int8: { type: 'string', default: 'models/ensemble-int8.json' },
    server: { type: 'string' },
    gpu: { type: 'boolean', default: false },
  },
});
const CPU_KINDS = ['onnxruntime', 'torch-fp32', 'torch-bf16'];
const GPU_KINDS = ['onnxruntime-cuda', 'cuda-fp32', 'cuda-fp16', 'cuda-fp16-compiled'];
const [slices, rounds] = [Number(words.slices), Number(words.rounds)];

/** The scored slices of one head, repeated until there are as many as asked for. */
function makeInput({ recipe }: NetworkContract): NetworkInput {
  const head = makeNetworkInput(createHeadPhantom({ seed: 1, matrix: 256 }), recipe);
  if ('kind' in head) throw new Error(head.detail);
  const perSlice = recipe.windows.length * recipe.heightPx * recipe.widthPx;
  const pixels = Float32Array.from(
    { length: slices * perSlice },
    (_, index) => head.pixels[index % head.pixels.length]!,
  );
  return { pixels, sliceIndexes: Array.from({ length: slices }, (_, index) => index), crop: head.crop };
}

function openEngine(ensembleFile: string) {
  return createOnnxEngine({
    modelsDir: 'models',
    ensembleFile,
    threads: Number(words.threads),
    batchSize: Number(words.batch),
    cacheDir: join(folder, 'optimized-models'),
    logger: pino({ level: 'error' }),
    environment: process.env,
  });
}

async function startContenders(inputFile: string): Promise<{ contenders: Contender[]; networks: string[] }> {
  const engine = await openEngine(words.ensemble);
  await engine.whenReady();
  const inputs = new Map(engine.ensemble.networks.map((network) => [network.network, makeInput(network)]));
  for (const [name, { pixels }] of inputs) await writeFile(`${inputFile}.${name}`, pixels);
  const contenders = [toContender('this service', engine, inputs, () => engine.processId())];
  const add = async (kind: string, { networks }: OnnxEngine['ensemble'], suffix: string): Promise<void> => {
    const named = networks.flatMap(({ network, version }) => ['--network', `${network}/${version}`]);
    const common = ['--threads', words.threads, '--batch', words.batch, '--input', inputFile, '--models', 'models'];
    const contender = await startPython(kind, { python: words.python, words: [...common, ...named] });
    if (typeof contender === 'string') console.log(`left out: python ${kind}: ${contender}`);
    else contenders.push({ ...contender, name: `${contender.name}${suffix}` });
  };
  for (const kind of words.gpu ? [...CPU_KINDS, ...GPU_KINDS] : CPU_KINDS) await add(kind, engine.ensemble, '');
  if (words.server !== undefined) contenders.push(await connectServer(words.server, inputs));
  const small = await openEngine(words.int8);
  await small.whenReady();
  contenders.push(toContender('this service, int8', small, inputs, () => small.processId()));
  await add('onnxruntime', small.ensemble, ', int8');
  return { contenders, networks: [...inputs.keys()] };
}

/** Up only after it has reproduced the golden vectors, as for the service. */
async function connectServer(baseUrl: string, inputs: ReadonlyMap<string, NetworkInput>): Promise<Contender> {
  const engine = await createOpenInferenceEngine({
    baseUrl,
    modelsDir: 'models',
    ensembleFile: words.ensemble,
    batchSize: slices,
    logger: pino({ level: 'warn' }),
    verifyModel: (model, prober) => checkGolden(model, prober, makeNetworkInput),
  });
  await engine.whenUp();
  return toContender(`server ${baseUrl}`, engine, inputs, () => undefined);
}

function median(sorted: readonly number[]): number {
  const middle = sorted.toSorted((a, b) => a - b);
  return middle[Math.floor(middle.length / 2)] ?? NaN;
}

/** Of sigmoid probabilities, over slices and targets. */
function deviation(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  const probability = (logit: number): number => 1 / (1 + Math.exp(-logit));
  return Math.max(
    ...Array.from(ours, (value, index) => Math.abs(probability(value) - probability(theirs[index] ?? NaN))),
  );
}

/** Ratio of medians of the same round, so that a slow moment of the machine cancels out. */
function ratio(theirs: readonly Measured[], ours: readonly Measured[]): number {
  return median(theirs.map(({ ms }, round) => ms / (ours[round]?.ms ?? NaN)));
}

function addUp(measured: readonly Measured[]): Measured {
  return {
    ms: measured.reduce((sum, { ms }) => sum + ms, 0),
    logits: measured.flatMap(({ logits }) => Array.from(logits)),
    residentMb: Math.max(...measured.map(({ residentMb }) => residentMb)),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const { contenders, networks } = await startContenders(join(folder, 'pixels'));
const results = new Map<string, Measured[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const network of networks) {
    for (const contender of contenders.toSorted(() => Math.random() - 0.5)) {
      const key = `${contender.name}|${network}`;
      results.set(key, [...(results.get(key) ?? []), await contender.run(network)]);
    }
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}
/** A study goes through every network, one after the other. */
const WHOLE = 'all of them';
for (const { name } of contenders) {
  const each = networks.map((network) => results.get(`${name}|${network}`)!);
  results.set(
    `${name}|${WHOLE}`,
    each[0]!.map((_, round) => addUp(each.map((measured) => measured[round]!))),
  );
}
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1) ?? '?'}`;
console.log(`\n${slices} slices, batch ${words.batch}, ${words.threads} threads, ${rounds} rounds; ${machine}\n`);
console.log(
  '| contender | network | ms per study | ms per slice | eager / it | Python ORT, same file / it | p off by | MB |',
);
console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |');
/** What a contender whose name starts so measured, of the same precision. */
function measuredBy(start: string, network: string, isInt8 = false): Measured[] | undefined {
  const contender = contenders.find(({ name }) => name.startsWith(start) && name.endsWith('int8') === isInt8);
  return contender && results.get(`${contender.name}|${network}`);
}
for (const network of [...networks, WHOLE]) {
  const ours = measuredBy('this service', network)!;
  const eager = measuredBy('python torch-fp32', network);
  for (const { name } of contenders) {
    const own = results.get(`${name}|${network}`)!;
    const ms = median(own.map((each) => each.ms));
    const runtime = measuredBy('python onnxruntime (', network, name.endsWith('int8'));
    const isSameModel = !/torch|cuda-fp/.test(name);
    const peakMb = Math.max(...own.map((each) => each.residentMb));
    const cells = [
      ms.toFixed(0),
      (ms / slices).toFixed(1),
      eager ? ratio(eager, own).toFixed(2) : '-',
      runtime && isSameModel ? ratio(runtime, own).toFixed(2) : '-',
      isSameModel ? deviation(ours[0]!.logits, own[0]!.logits).toExponential(1) : 'other weights',
      Number.isNaN(peakMb) ? 'elsewhere' : peakMb.toFixed(0),
    ];
    console.log(`| ${name} | ${network} | ${cells.join(' | ')} |`);
  }
}
for (const contender of contenders) await contender.close();
await rm(folder, { recursive: true, force: true });
