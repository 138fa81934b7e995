/**
 * `npm run fuzz:dicom`: small CT files in every transfer syntax, damaged in every way of mutations.ts, sent through the
 * real worker pool. Proves: no outcome but pixels, a named refusal or a Fault of this room; no hang; memory bounded;
 * a file that lost pixels is never accepted. `--runs N` (default 10000), `--seed N`.
 */
import { parseArgs } from 'node:util';
import { isFault } from '../../src/errors.ts';
import { createImagingWorkers } from '../../src/imaging/imaging-workers.ts';
import { readInstanceFacts } from '../../src/imaging/decode/instance-facts.ts';
import { readPart10 } from '../../src/imaging/decode/part10-reader.ts';
import { GEOMETRY_LIMITS } from '../../src/imaging/volume/geometry-limits.ts';
import { createSharedVolume } from '../../src/imaging/volume/shared-volume.ts';
import { planVolume } from '../../src/imaging/volume/volume-plan.ts';
import { prepareCodecs } from '../../src/phantom/dicom/part10.ts';
import { noisyDisc, writeSmallSlice } from '../support/imaging-files.ts';
import { MUTATIONS } from './mutations.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const RUNS = Number(values.runs);
const SIDE = 32;
const MAXIMUM_GROWTH_MB = 400;
const ALLOWED = new Set(['dicom-malformed', 'pixels-corrupt', 'codec-failed']);

/** How often each syntax is drawn: a codec that gives up costs a thread, so those come less often. */
const WEIGHTS = {
  'explicit-le': 20,
  'implicit-le': 15,
  'explicit-be': 10,
  deflated: 10,
  rle: 15,
  'jpeg-lossless': 20,
  'jpeg-ls': 5,
  'jpeg-2000': 5,
} as const;

/** mulberry32: the same seed gives the same files. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

await prepareCodecs();
const pixels = new Int16Array(noisyDisc(SIDE, SIDE).map((value) => value - 1024));
const deck = Object.entries(WEIGHTS).flatMap(([syntax, weight]) => {
  const bytes = writeSmallSlice({ side: SIDE, pixels, syntax: syntax as keyof typeof WEIGHTS });
  return Array.from({ length: weight }, () => ({ syntax, bytes }));
});
const [sample] = deck;
if (!sample) throw new Error('no files');
const facts = readInstanceFacts(readPart10(sample.bytes, { maximumInflatedBytes: 1 << 20 }).dataset);
const plan = planVolume([facts], GEOMETRY_LIMITS);
if ('kind' in plan) throw new Error(plan.detail);
const expected = { ...facts, frames: plan.frames.get(facts.sopInstanceUid) ?? [] };
const pool = createImagingWorkers({ size: 2, taskTimeoutMs: 10_000 });
const { signal } = new AbortController();

const random = createRandom(Number(values.seed));
const counts: Record<string, { runs: number; accepted: number; refused: number; faults: number }> = {};
const failures: string[] = [];
const startRss = process.memoryUsage.rss();
let highestRss = startRss;

async function runOne(run: number): Promise<void> {
  const { syntax, bytes } = deck[Math.floor(random() * deck.length)] ?? sample!;
  const mutation = MUTATIONS[Math.floor(random() * MUTATIONS.length)] ?? MUTATIONS[0]!;
  const damaged = Uint8Array.from(mutation.apply(bytes, random));
  const count = (counts[mutation.name] ??= { runs: 0, accepted: 0, refused: 0, faults: 0 });
  count.runs++;
  const name = `run ${String(run)}, seed ${values.seed}: ${syntax}, ${mutation.name}`;
  const volume = createSharedVolume(plan as Exclude<typeof plan, { kind: string }>);
  const { transform } = plan as Exclude<typeof plan, { kind: string }>;
  try {
    const request = { bytes: damaged, expected, transform, volume, maximumInflatedBytes: 1 << 24 };
    const answer = await pool.run('decode-instance', request, { signal });
    if (answer.kind === 'abstained') count.refused++;
    else {
      count.accepted++;
      const isWhole = Buffer.compare(Buffer.from(volume.hu), Buffer.from(pixels.buffer)) === 0;
      if (mutation.losesPixels && !isWhole) failures.push(`${name}: accepted although pixels are lost`);
    }
  } catch (error) {
    count.faults++;
    if (!isFault(error) || !ALLOWED.has(error.code)) failures.push(`${name}: ${String(error)}`);
    else if (error.message.includes('too long') || error.message.includes('died'))
      failures.push(`${name}: ${error.message}`);
  }
  highestRss = Math.max(highestRss, process.memoryUsage.rss());
}

for (let run = 0; run < RUNS; run += 2) await Promise.all([runOne(run), runOne(run + 1)]);
await pool.close();

console.table(counts);
const grown = Math.round((highestRss - startRss) / 1e6);
console.log(
  `${String(RUNS)} files, ${String(pool.startedWorkers)} worker threads used, memory grew by at most ${String(grown)} MB`,
);
if (grown > MAXIMUM_GROWTH_MB) failures.push(`memory grew by ${String(grown)} MB`);
for (const failure of failures.slice(0, 20)) console.error(failure);
console.log(failures.length === 0 ? 'fuzz: passed' : `fuzz: ${String(failures.length)} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
