/**
 * What it costs to give a result back to an archive: per study, from the archive's first question to its last answer,
 * and how large the objects are. A 512x512 phantom of 32 slices, one positive finding with five driving slices.
 * Against Debian's Orthanc where it is installed, else against the loopback archive of the tests.
 */
import { performance } from 'node:perf_hooks';
import type { PacsEndpoint } from '../src/imaging/dicomweb/pacs-endpoint.ts';
import { createDicomwebCtSource } from '../src/imaging/ct-source.ts';
import { createResultArchive } from '../src/imaging/results/result-archive.ts';
import { planResults } from '../src/imaging/results/result-plan.ts';
import { writeResults } from '../src/imaging/results/write-results.ts';
import { findMissingOrthanc, startOrthanc } from '../test/support/imaging-orthanc.ts';
import { inTime, silent } from '../test/support/imaging-scene.ts';
import { createResultScene, makeResult, NO_FORECAST, POSITIVE, WITHHELD } from '../test/support/result-scene.ts';

const RUNS = 20;
const DRIVING = [14, 15, 13, 16, 12];

const scene = await createResultScene({ matrix: 512 });
const { study, evidence, ct } = scene;
const positive = { ...POSITIVE, drivingSlices: DRIVING } as typeof POSITIVE;
const assess = (run: number) =>
  makeResult(study, ct, { key: String(run).padStart(64, 'b'), findings: [positive, NO_FORECAST, WITHHELD] });
const orthanc = findMissingOrthanc() === undefined ? await startOrthanc() : undefined;
for (const { bytes } of scene.pacs.list(study.studyInstanceUid)) await orthanc?.store(bytes);
const endpoint: PacsEndpoint = {
  baseUrl: orthanc?.url ?? scene.pacs.url,
  credentials: orthanc ? { kind: 'basic', username: orthanc.username, password: orthanc.password } : { kind: 'none' },
  reach: 'loopback',
};
const ctSource = createDicomwebCtSource({ endpoints: [endpoint], workers: scene.workers, logger: silent });
const archive = createResultArchive({
  ...{ endpoint, ctSource, workers: scene.workers, timeZone: 'UTC', softwareVersion: '0.1.0' },
});
const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};
const describe = (milliseconds: number[]): string => {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  return `${at(0.5)} ms (${at(0)} to ${at(1)})`;
};

const [first, again, fetching, writing]: [number[], number[], number[], number[]] = [[], [], [], []];
const metadata = await scene.readMetadata();
const written = { evidence, volume: ct.volume, metadata, timeZone: 'UTC', softwareVersion: '0.1.0' };
let sizes: number[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  const assessment = assess(run);
  const store = () => archive.store({ study, assessment, evidence }, inTime());
  const times = [
    await timeOf(() => ctSource.loadPixelsForViewing(study, ct.seriesInstanceUid, inTime())),
    await timeOf(() => {
      sizes = writeResults({ ...written, assessment, planned: planResults(assessment, evidence) }).map(
        ({ length }) => length,
      );
      return Promise.resolve();
    }),
    await timeOf(store),
    await timeOf(store),
  ];
  // The first run warms up threads and compiler.
  if (run > 0) [fetching, writing, first, again].forEach((list, at) => list.push(times[at] ?? Number.NaN));
}
process.stdout.write(
  [
    `| step (${String(RUNS)} runs, ${orthanc ? 'Orthanc' : 'loopback archive'}) | median (fastest to slowest) |`,
    '|---|---|',
    `| whole: ask, fetch the CT, draw, write, store | ${describe(first)} |`,
    `| of it: fetch and decode 32 slices | ${describe(fetching)} |`,
    `| of it: draw 5 pictures, write 6 files (one thread) | ${describe(writing)} |`,
    `| asked for again: nothing to do | ${describe(again)} |`,
    `| size of the report | ${((sizes[0] ?? 0) / 1024).toFixed(1)} KB |`,
    `| size of one picture | ${((sizes[1] ?? 0) / 1024 / 1024).toFixed(2)} MB |`,
    '',
  ].join('\n'),
);
await scene.close();
await orthanc?.close();
