/**
 * `npm run bench:imaging`: this room beside pydicom + numpy + Pillow on the same study, in one run, turn by turn, so
 * that both see the same machine. Prints one table: milliseconds per slice and the ratio Python / ours. Steps are counted
 * in processor time, which other work on the machine hardly moves; the rows marked wall are what a caller waits.
 * Python comes from `--python PATH` (default python3) and needs: pip install pydicom numpy pillow pylibjpeg
 * pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls. `--rounds N` (default 7), `--matrix N` (default 512).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { TensorRecipe } from '../src/assessment/domain/model-contract.ts';
import { decodeFrame, prepareCodec } from '../src/imaging/decode/frame-decoder.ts';
import { toHounsfield } from '../src/imaging/decode/hounsfield.ts';
import { readInstanceFacts, type InstanceFacts } from '../src/imaging/decode/instance-facts.ts';
import { readPart10 } from '../src/imaging/decode/part10-reader.ts';
import { splitEncapsulatedFrames, splitNativeFrames } from '../src/imaging/decode/pixel-frames.ts';
import { readPixelLayout } from '../src/imaging/decode/pixel-layout.ts';
import { createImagingWorkers } from '../src/imaging/imaging-workers.ts';
import { createTensorMaker } from '../src/imaging/tensor-maker.ts';
import { makeNetworkInput } from '../src/imaging/tensor/make-network-input.ts';
import { GEOMETRY_LIMITS } from '../src/imaging/volume/geometry-limits.ts';
import { createSharedVolume } from '../src/imaging/volume/shared-volume.ts';
import type { VolumeGeometry } from '../src/imaging/volume/volume-digest.ts';
import { planVolume, type VolumePlan } from '../src/imaging/volume/volume-plan.ts';
import { createCtStudy } from '../src/phantom/ct-study.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '7' },
    matrix: { type: 'string', default: '512' },
  },
});
const SYNTAXES = ['explicit-le', 'rle', 'jpeg-lossless', 'jpeg-ls', 'jpeg-2000'] as const;
const STEPS = ['parse', 'decode', 'hu', 'tensor', 'total', 'wall'] as const;
type Steps = Record<(typeof STEPS)[number], number>;

const recipe: TensorRecipe = {
  heightPx: 299,
  widthPx: 299,
  crop: { rule: 'skull-bounding-square', skullThresholdHu: 300, tailFraction: 0.01, marginFraction: 0.05 },
  slices: { rule: 'brain-fraction', tissueHu: [0, 90], minimumFraction: 0.1 },
  windows: [
    { name: 'brain', levelHu: 40, widthHu: 80 },
    { name: 'subdural', levelHu: 80, widthHu: 200 },
    { name: 'stroke', levelHu: 40, widthHu: 40 },
  ],
  resize: 'bilinear-antialias',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};
const limits = { maximumInflatedBytes: 1 << 28 };

/** One thread, step by step: the same steps as the Python script. */
function runSteps(files: readonly Uint8Array[]): { steps: Steps; tensor: Float32Array } {
  const wall = performance.now();
  const marks = [cpuMs()];
  const mark = (): number => marks.push(cpuMs());
  const parsed = files.map((bytes) => {
    const file = readPart10(bytes, limits);
    return { file, facts: readInstanceFacts(file.dataset), layout: readPixelLayout(file.dataset) };
  });
  mark();
  const cells = parsed.map(({ file, layout }) => {
    const pixels = file.pixelData;
    if (!pixels) throw new Error('no pixels');
    const frames =
      file.transferSyntax.codec === 'native'
        ? splitNativeFrames(pixels, 1, layout.rows * layout.columns * 2)
        : splitEncapsulatedFrames(pixels, 1, file.dataset);
    return decodeFrame(frames[0] ?? new Uint8Array(), file.transferSyntax, layout);
  });
  mark();
  const { rows = 0, columns = 0 } = parsed[0]?.layout ?? {};
  const order = parsed.map((one, index) => ({ ...one, index })).sort((a, b) => at(a.facts) - at(b.facts));
  const hu = new Int16Array(files.length * rows * columns);
  for (const [slice, { facts, layout, index }] of order.entries()) {
    const { rescaleSlope: slope = 1, rescaleIntercept: intercept = 0 } = facts.frames[0] ?? {};
    const place = hu.subarray(slice * rows * columns, (slice + 1) * rows * columns);
    toHounsfield(cells[index] ?? new Uint16Array(), layout, { slope, intercept }, place);
  }
  mark();
  const input = makeNetworkInput({ hu, rows, columns, sliceCount: files.length }, recipe);
  mark();
  if ('kind' in input) throw new Error(input.detail);
  const each = marks.slice(1).map((end, index) => (end - (marks[index] ?? end)) / files.length);
  const [parse = 0, decode = 0, huMs = 0, tensor = 0] = each;
  return {
    steps: {
      parse,
      decode,
      hu: huMs,
      tensor,
      total: each.reduce((sum, ms) => sum + ms, 0),
      wall: (performance.now() - wall) / files.length,
    },
    tensor: input.pixels,
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const at = (facts: InstanceFacts): number => facts.frames[0]?.position[2] ?? 0;

/** As the service does it: two worker threads, shared memory, integrity and identity checks, digest, gate measures. */
async function runService(
  files: readonly Uint8Array[],
  pool: ReturnType<typeof createImagingWorkers>,
): Promise<number> {
  const { signal } = new AbortController();
  const copies = files.map((bytes) => Uint8Array.from(bytes));
  const started = performance.now();
  const facts = copies.map((bytes) => readInstanceFacts(readPart10(bytes, limits).dataset));
  const plan = planVolume(facts, GEOMETRY_LIMITS);
  if ('kind' in plan) throw new Error(plan.detail);
  const volume = createSharedVolume(plan);
  const { transform, sourceRows: rows, sourceColumns: columns } = plan;
  await Promise.all(
    facts.map((own, index) => {
      const expected = { ...own, rows, columns, frames: plan.frames.get(own.sopInstanceUid) ?? [] };
      const bytes = copies[index] ?? new Uint8Array();
      const request = { bytes, expected, transform, volume, ...limits };
      return pool.run('decode-instance', request, { signal, transfer: [bytes.buffer] });
    }),
  );
  const geometry = toGeometry(plan);
  const made = { ...geometry, hu: new Int16Array(volume.hu), sourceInstanceUids: [], digest: '' };
  const [{ digest }] = await Promise.all([
    pool.run('finish-volume', { volume, weightSums: plan.weightSums, geometry }, { signal }),
    createTensorMaker({ workers: pool }).makeInput(made, recipe, { signal }),
  ]);
  if (digest === '') throw new Error('no digest');
  return (performance.now() - started) / files.length;
}

function toGeometry(plan: VolumePlan): VolumeGeometry {
  const { rows, columns, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg } = plan;
  const sliceCount = slicePositionsMm.length;
  return { rows, columns, sliceCount, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg };
}

interface Python {
  readonly versions: string;
  run(syntax: string): Promise<Steps>;
  stop(): void;
}

async function startPython(folder: string, tensorFile: string): Promise<Python | undefined> {
  const script = new URL('./imaging-python.py', import.meta.url).pathname;
  const child = spawn(values.python, [script, folder, tensorFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => (await lines.next()).value;
  const versions = await Promise.race([
    next(),
    new Promise<undefined>((resolve) => child.once('error', () => resolve(undefined))),
  ]);
  if (versions === undefined) return undefined;
  return {
    versions,
    async run(syntax) {
      child.stdin.write(`${syntax}\n`);
      return JSON.parse((await next()) ?? '{}') as Steps;
    },
    stop: () => child.stdin.end(),
  };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const folder = mkdtempSync(join(tmpdir(), 'bench-imaging-'));
const tensorFile = join(folder, 'tensor.f32');
const studies = new Map<string, Uint8Array[]>();
for (const transferSyntax of SYNTAXES) {
  const made = await createCtStudy({ seed: 1, matrix: Number(values.matrix), transferSyntax });
  const files = made.series.flatMap(({ instances }) => instances.map(({ bytes }) => bytes));
  studies.set(transferSyntax, files);
  mkdirSync(join(folder, transferSyntax));
  for (const [index, bytes] of files.entries())
    writeFileSync(join(folder, transferSyntax, `${String(index).padStart(4, '0')}.dcm`), bytes);
}
await prepareCodec('jpeg-ls');
await prepareCodec('jpeg-2000');
const pool = createImagingWorkers();
const python = await startPython(folder, tensorFile);
if (!python) console.log(`no Python columns: ${values.python} cannot run pydicom, numpy and Pillow`);

const rows: Record<string, string | number>[] = [];
for (const [syntax, files] of studies) {
  const [ours, theirs, service]: [Steps[], Steps[], number[]] = [[], [], []];
  let difference = 0;
  for (let round = -1; round < Number(values.rounds); round++) {
    const own = runSteps(files);
    const other = await python?.run(syntax);
    const whole = await runService(files, pool);
    if (round < 0) {
      const tensor = python && new Float32Array(new Uint8Array(readFileSync(tensorFile)).buffer);
      difference =
        tensor?.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (own.tensor[index] ?? NaN))), 0) ??
        NaN;
      continue;
    }
    ours.push(own.steps);
    service.push(whole);
    if (other) theirs.push(other);
  }
  for (const step of STEPS) {
    const [own, other] = [median(ours.map((one) => one[step])), median(theirs.map((one) => one[step]))];
    rows.push({
      syntax,
      step,
      'ours ms/slice': own.toFixed(2),
      'python ms/slice': other.toFixed(2),
      'python/ours': (other / own).toFixed(1),
    });
  }
  const [own, other] = [median(service), median(theirs.map(({ wall }) => wall))];
  const label = 'service, 2 threads, wall';
  rows.push({
    syntax,
    step: label,
    'ours ms/slice': own.toFixed(2),
    'python ms/slice': other.toFixed(2),
    'python/ours': (other / own).toFixed(1),
  });
  console.log(
    `${syntax}: ${String(files.length)} slices, largest difference between the two tensors ${difference.toExponential(1)}`,
  );
}
console.table(rows);
if (python) console.log(python.versions);
python?.stop();
await pool.close();
rmSync(folder, { recursive: true });
