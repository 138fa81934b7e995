/** A job queue on its own in-memory database, with a log that tests can read. */
import { pino } from 'pino';
import type { AnalysisJob } from '../../../src/assessment/domain/ports.ts';
import { createAnalysisQueue } from '../../../src/jobs/analysis-queue.ts';
import type { DurableAnalysisQueue } from '../../../src/jobs/analysis-queue.ts';
import { createAnalysisWorker } from '../../../src/jobs/analysis-worker.ts';
import type { AnalysisWorkerOptions } from '../../../src/jobs/analysis-worker.ts';
import { JOBS_MIGRATIONS } from '../../../src/jobs/jobs-migrations.ts';
import { openJobQueue } from '../../../src/jobs/open-job-queue.ts';
import type { JobQueue } from '../../../src/jobs/open-job-queue.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import type { DatabaseAddress } from '../../../src/storage/open-database.ts';
import type { OpenedDatabase } from '../../../src/storage/database.ts';

export interface JobFixture {
  readonly database: OpenedDatabase;
  readonly jobQueue: JobQueue;
  readonly queue: DurableAnalysisQueue;
  /** Log lines at level error. */
  readonly errors: readonly string[];
  startWorker(
    options: Pick<AnalysisWorkerOptions, 'assess' | 'retries'>,
  ): Promise<Awaited<ReturnType<typeof createAnalysisWorker>>>;
  /** Empties every queue between tests. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openJobFixture(address: DatabaseAddress = { inMemory: true }): Promise<JobFixture> {
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const database = await openDatabase({ ...address, logger, migrations: JOBS_MIGRATIONS });
  const jobQueue = await openJobQueue({ database, logger, superviseIntervalS: 1 });
  const queue = await createAnalysisQueue({ jobQueue, recheckMs: 10_000 });
  return {
    database,
    jobQueue,
    queue,
    errors,
    startWorker: (options) => createAnalysisWorker({ jobQueue, queue, random: () => 0, ...options }),
    clear: async () => {
      await database.executeScript('DELETE FROM pgboss.job; DELETE FROM outbox_item; DELETE FROM schedule_run');
      errors.length = 0;
    },
    close: async () => {
      await queue.close();
      await jobQueue.stop();
      await database.close();
    },
  };
}

export function makeJob(name: string, urgency: AnalysisJob['urgency'] = 'arrival'): AnalysisJob {
  return { key: name, imagingStudyId: `study-${name}`, urgency };
}

/** A promise that the test fulfils by hand. */
export function makeGate(): { readonly opened: Promise<undefined>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise, open: () => resolve(undefined) };
}
