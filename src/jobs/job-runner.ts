/**
 * Takes jobs of one queue, runs a handler and settles what came of it by the retry policy. Settling is explicit
 * (not left to pg-boss) because the pause depends on the fault and because waiters are told only once it stands.
 * A job whose settling fails stays "running" until its heartbeat is missed, and is then tried again: handlers
 * are idempotent.
 */
import type { JobWithMetadata } from 'pg-boss';
import { toFault } from '../errors.ts';
import type { Fault } from '../errors.ts';
import { traceStep } from '../tracing.ts';
import { SILENT_DEATHS_ALLOWED } from './job-queues.ts';
import type { JobQueue } from './open-job-queue.ts';
import { planRetry } from './retry-policy.ts';
import type { RetryTable } from './retry-policy.ts';

/** The span that asked for the job (tracing.ts); absent where nothing is traced. */
export interface TracedJob {
  readonly traceparent?: string;
}

export interface JobRunnerOptions<Data> {
  readonly jobQueue: JobQueue;
  readonly queue: string;
  readonly retries: RetryTable;
  /** Loops that take any job. */
  readonly concurrency: number;
  /** Further loops that take only jobs of at least this priority, so that an order never waits behind an arrival. */
  readonly reserved?: { readonly concurrency: number; readonly minPriority: number };
  /** Idempotent. Aborted when the service stops or the job runs longer than its queue allows. */
  readonly handle: (
    data: Data,
    context: { readonly signal: AbortSignal; readonly priority: number; readonly askedAt: Date },
  ) => Promise<void>;
  /** Told once the end of a job stands in the database. */
  readonly onEnded?: (data: Data, end: { readonly fault?: Fault; readonly willRetry: boolean }) => Promise<void>;
  readonly random?: () => number;
}

export interface JobRunner {
  /** Lets running jobs finish for `graceMs`, then aborts them and gives them back to the queue. */
  stop(options: { readonly graceMs: number }): Promise<void>;
}

const POLL_S = 0.5;
/** Notices tell of new jobs; polling remains for those whose pause is over. */
const POLL_WITH_NOTICES_S = 1;

export async function startJobRunner<Data extends TracedJob>(options: JobRunnerOptions<Data>): Promise<JobRunner> {
  const { boss } = options.jobQueue;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const common = {
    includeMetadata: true,
    batchSize: 1,
    pollingIntervalSeconds: POLL_S,
    notifyPollingIntervalSeconds: POLL_WITH_NOTICES_S,
    heartbeatRefreshSeconds: 3,
  } as const;
  const startLoop = async (only: { readonly minPriority?: number }): Promise<void> => {
    const id: string = await boss.work(
      options.queue,
      { ...common, ...only },
      async ([job]: JobWithMetadata<Data>[]) => {
        if (job === undefined) return;
        const run = traceJob(options, job, stopping.signal);
        running.add(run);
        await run.finally(() => running.delete(run));
        // Look for the next job at once instead of after the polling interval.
        boss.notifyWorker(id);
      },
    );
  };
  for (let loop = 0; loop < options.concurrency; loop += 1) await startLoop({});
  const { concurrency: reserved, minPriority } = options.reserved ?? { concurrency: 0, minPriority: 0 };
  for (let loop = 0; loop < reserved; loop += 1) await startLoop({ minPriority });
  return {
    stop: async ({ graceMs }) => {
      const timer = setTimeout(() => stopping.abort(), graceMs);
      await boss.offWork(options.queue, { wait: true });
      await Promise.allSettled(running);
      clearTimeout(timer);
    },
  };
}

/** Each attempt is a span below the one that asked for the job, on whichever replica either ran. */
async function traceJob<Data extends TracedJob>(
  options: JobRunnerOptions<Data>,
  job: JobWithMetadata<Data>,
  stopping: AbortSignal,
): Promise<void> {
  const facts = { 'job.queue': job.name, 'job.attempt': job.retryCount + 1 };
  const origin = { from: 'queue', traceparent: job.data.traceparent } as const;
  const signal = AbortSignal.any([job.signal, stopping]);
  const context = { signal, priority: job.priority, askedAt: job.createdOn };
  const handled = traceStep('job', facts, () => options.handle(job.data, context), origin);
  await settle(options, job, stopping, handled);
}

async function settle<Data extends TracedJob>(
  options: JobRunnerOptions<Data>,
  job: JobWithMetadata<Data>,
  stopping: AbortSignal,
  handled: Promise<void>,
): Promise<void> {
  const { boss } = options.jobQueue;
  try {
    await handled;
  } catch (error) {
    if (stopping.aborted) return giveBack(options, job);
    return settleFailure(options, job, toFault(error));
  }
  await boss.complete(job.name, { id: job.id, retryCount: job.retryCount });
  await options.onEnded?.(job.data, { willRetry: false });
}

async function settleFailure<Data extends TracedJob>(
  options: JobRunnerOptions<Data>,
  job: JobWithMetadata<Data>,
  fault: Fault,
): Promise<void> {
  const pauseS = planRetry(options.retries, fault, job.retryCount + 1, options.random ?? Math.random);
  const { logger } = options.jobQueue;
  const facts = { queue: job.name, job: job.id, code: fault.code, attempt: job.retryCount + 1, pauseS };
  if (pauseS === undefined) logger.error({ ...facts, err: fault }, 'job failed for good');
  else logger.warn({ ...facts, err: fault }, 'job failed and will be tried again');
  await fail(options.jobQueue, job, toOutput(fault), pauseS);
  await options.onEnded?.(job.data, { fault, willRetry: pauseS !== undefined });
}

/** What a failed attempt leaves in the job's row. */
export interface AttemptOutput {
  readonly code: string;
  /** ISO 8601 instant: until then the other side asked to be left alone, whoever is in a hurry. */
  readonly notBefore?: string;
}

function toOutput({ code, retryAfterMs = 0 }: Fault): AttemptOutput {
  return { code, ...(retryAfterMs > 0 && { notBefore: new Date(Date.now() + retryAfterMs).toISOString() }) };
}

/** Stopping is nobody's failure: the job goes back at once and the attempt is not counted against it. */
async function giveBack<Data extends TracedJob>(
  options: JobRunnerOptions<Data>,
  job: JobWithMetadata<Data>,
): Promise<void> {
  options.jobQueue.logger.info({ queue: job.name, job: job.id }, 'job given back');
  await fail(options.jobQueue, job, { code: 'given-back' }, 0);
}

/** pg-boss takes pause and limit from the job's row, so they are set there first, fenced to this attempt. */
async function fail(
  jobQueue: JobQueue,
  job: JobWithMetadata,
  output: AttemptOutput,
  pauseS: number | undefined,
): Promise<void> {
  const limit = pauseS === undefined ? job.retryCount : job.retryCount + 1 + SILENT_DEATHS_ALLOWED;
  await jobQueue.database.query(
    `UPDATE pgboss.job SET retry_limit = $4, retry_delay = $5, retry_backoff = false
     WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'`,
    [job.name, job.id, job.retryCount, limit, pauseS ?? 0],
  );
  await jobQueue.boss.fail(job.name, { id: job.id, retryCount: job.retryCount }, output);
}
