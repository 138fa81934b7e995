/**
 * `npm run bench:load`: a hundred orders a second, first on an empty queue, then on 10 000 queued CTs, in one run. The
 * real service as a process on PostgreSQL; FHIR server, archive and load generator share another process on the same
 * machine. Nine of ten orders have their result in the chart, one of ten is for a CT nobody has seen.
 *   BENCH_SECONDS (120), BENCH_QUEUED (10000), BENCH_QUEUED_AS (arrival, or order: then all of them are ahead of every
 *   new order), BENCH_RATE (100); GLIBC_TUNABLES and MALLOC_* reach the service
 */
import { createAssessmentKey } from '../src/assessment/assessment-key.ts';
import { pino } from 'pino';
import { createAnalysisQueue } from '../src/jobs/analysis-queue.ts';
import { JOBS_MIGRATIONS } from '../src/jobs/jobs-migrations.ts';
import { openJobQueue } from '../src/jobs/open-job-queue.ts';
import { openDatabase } from '../src/storage/open-database.ts';
import { openBackdrop } from '../test/faults/backdrop.ts';
import { signOrder } from '../test/faults/ehr.ts';
import { settle } from '../test/faults/ledger.ts';
import { readNumber } from '../test/faults/parameters.ts';
import { printTable, quantile } from '../test/faults/report.ts';
import { createServiceProcess, type ServiceProcess } from '../test/faults/service-process.ts';
import { findPostgres, startPostgres } from '../test/support/postgres-server.ts';
import { applyLoad, type LoadResult } from './load/apply-load.ts';

const SECONDS = readNumber('BENCH_SECONDS', 120);
const QUEUED = readNumber('BENCH_QUEUED', 10_000);
const QUEUED_AS = readUrgency(process.env['BENCH_QUEUED_AS'] ?? 'arrival');
const RATE = readNumber('BENCH_RATE', 100);
const KNOWN = 10;
const UNSEEN_SHARE = 0.1;
const GOAL = 1.2;
/** How glibc keeps memory; what is set for the bench is set for the service. */
const ALLOCATOR = /^(GLIBC_TUNABLES|MALLOC_\w+)$/;
/** Older than a sweep looks, younger than an order may use. */
const QUEUED_HOURS_AGO = 10;

const binaries = findPostgres();
if (binaries === undefined) throw new Error('bench:load needs a PostgreSQL server');
const postgres = await startPostgres(binaries);
const backdrop = await openBackdrop();
const service = await createServiceProcess({
  backdrop,
  settings: { DATABASE_URL: postgres.connectionString },
  environment: Object.fromEntries(Object.entries(process.env).filter(([name]) => ALLOCATOR.test(name))) as Record<
    string,
    string
  >,
});
try {
  await service.start();
  const known = await admitAndAnalyse();
  const unseenCount = Math.ceil(RATE * SECONDS * UNSEEN_SHARE);
  const load = { backdrop, service, known, rate: RATE, seconds: SECONDS, unseenShare: UNSEEN_SHARE };
  // Just-in-time compilation, the EHR's keys, the pool: what a service that has run for a minute has behind it.
  await applyLoad({ ...load, unseen: [], seconds: 10, unseenShare: 0 });
  const empty = await applyLoad({ ...load, unseen: await admitMany(unseenCount) });
  await fillQueue(service, await admitMany(QUEUED, QUEUED_HOURS_AGO));
  const full = await applyLoad({ ...load, unseen: await admitMany(unseenCount) });
  print(empty, full);
} finally {
  await service.dispose();
  await backdrop.close();
  await postgres.stop();
}

function readUrgency(word: string): 'arrival' | 'order' {
  if (word === 'arrival' || word === 'order') return word;
  throw new Error(`BENCH_QUEUED_AS is ${word}, must be arrival or order`);
}

async function admitMany(count: number, hoursAgo?: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) ids.push(await backdrop.admit(hoursAgo));
  return ids;
}

async function admitAndAnalyse(): Promise<readonly string[]> {
  const ids = await admitMany(KNOWN);
  for (const patientId of ids) await signOrder(backdrop, { patientId, urls: [service.url] });
  const { lost } = await settle(backdrop, ids, 180_000);
  if (lost.length > 0) throw new Error('the known patients were not analysed');
  return ids;
}

/** As the sweep would (or as orders would): one job each, under the key the service itself makes. */
async function fillQueue(to: ServiceProcess, patients: readonly string[]): Promise<void> {
  const digest = to.log.find(({ msg }) => msg === 'answering orders')?.['digest'];
  const logger = pino({ level: 'silent' });
  const address = { connectionString: postgres.connectionString };
  const database = await openDatabase({ ...address, logger, migrations: JOBS_MIGRATIONS });
  const jobQueue = await openJobQueue({ database, logger });
  const queue = await createAnalysisQueue({ jobQueue });
  for (const patientId of patients) {
    const key = createAssessmentKey(backdrop.studyUidOf(patientId), String(digest), 'untrained');
    await queue.request({ key, imagingStudyId: `${patientId}-ct`, urgency: QUEUED_AS });
  }
  await queue.close();
  await jobQueue.stop();
  await database.close();
}

function print(empty: LoadResult, full: LoadResult): void {
  const both = (read: (result: LoadResult) => string): string => `${read(empty)} → ${read(full)}`;
  const ms = (values: readonly number[], share: number): string => quantile(values, share).toFixed(0);
  const ratio = (share: number): string => {
    const value = quantile(full.knownMs, share) / quantile(empty.knownMs, share);
    return `${value.toFixed(2)}x (goal ≤ ${String(GOAL)}x)`;
  };
  printTable(
    `${String(RATE)} orders/s for ${String(SECONDS)} s: empty queue → ${String(QUEUED)} queued CTs (${QUEUED_AS})`,
    [
      ['orders answered / failed', both((one) => `${String(one.answered)} / ${String(one.failed)}`)],
      ['failures', both((one) => describeCounts(one.failures) || 'none')],
      ['result in the chart, p50 ms', both((one) => ms(one.knownMs, 0.5))],
      ['result in the chart, p95 ms', both((one) => ms(one.knownMs, 0.95))],
      ['result in the chart, p99 ms', both((one) => ms(one.knownMs, 0.99))],
      ['ratio at p50', ratio(0.5)],
      ['ratio at p95', ratio(0.95)],
      ['unseen CT, p50 / p95 ms', both((one) => `${ms(one.unseenMs, 0.5)} / ${ms(one.unseenMs, 0.95)}`)],
      ['cards for unseen CTs', both((one) => describeCounts(one.cards))],
      ['resident memory at every quarter, MiB', both((one) => quarters(one.residentMb))],
      ['of it JavaScript heap at the end, MiB', both((one) => toMiB(one.metric('nodejs_heap_size_used_bytes')))],
      ['of it buffers at the end, MiB', both((one) => toMiB(one.metric('nodejs_external_memory_bytes')))],
      ['growth over the second half, MiB/min', both((one) => one.growthMbPerMinute.toFixed(1))],
      ['analyses completed', both((one) => String(one.analysed))],
      ['of them orders', both((one) => String(one.analysedOrders))],
      [
        'analysis_queue_jobs{state="waiting"} at the end',
        both((one) => one.metric('analysis_queue_jobs{state="waiting"}')),
      ],
      ['analysis_queue_oldest_seconds', both((one) => one.metric('analysis_queue_oldest_seconds'))],
      ['analysis_queue_completed_per_minute', both((one) => one.metric('analysis_queue_completed_per_minute'))],
    ],
  );
}

function quarters(samples: readonly number[]): string {
  const at = (share: number) => samples[Math.round(share * (samples.length - 1))]?.toFixed(0) ?? '?';
  return [0, 0.25, 0.5, 0.75, 1].map(at).join(' ');
}

function toMiB(bytes: string): string {
  return (Number(bytes) / 2 ** 20).toFixed(0);
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${String(count)}`).join(', ');
}
