/**
 * The AnalysisQueue port on pg-boss. One waiting or running job per assessment key, whoever asks and however
 * often; an order raises the priority of a job that an arrival put there, and ends its pause after a failure. Waiters are
 * woken by a notice from whichever replica finished the job, and look now and then in case a notice was lost.
 */
import { Fault } from '../errors.ts';
import type { AnalysisJob, AnalysisQueue, AnalysisState } from '../assessment/domain/ports.ts';
import { carryTrace } from '../tracing.ts';
import { ANALYSIS_QUEUE, PRIORITY } from './job-queues.ts';
import type { TracedJob } from './job-runner.ts';
import { findUnderWay, findUnknown, mayEndPause, readState } from './analysis-state.ts';
import type { JobQueue } from './open-job-queue.ts';

const ENDED_CHANNEL = 'cds_analysis_ended';
const DEFAULT_RECHECK_MS = 1_000;

/** What a job carries: ids only, everything else is read again when it runs. */
export interface AnalysisJobData extends TracedJob {
  readonly key: string;
  readonly imagingStudyId: string;
  readonly revision?: number;
}

export interface DurableAnalysisQueue extends AnalysisQueue {
  /** Called by the worker once the end of the job stands in the database. */
  announceEnd(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface AnalysisQueueOptions {
  readonly jobQueue: JobQueue;
  /** How often a waiter looks by itself. Default 1 000. */
  readonly recheckMs?: number;
}

export async function createAnalysisQueue(options: AnalysisQueueOptions): Promise<DurableAnalysisQueue> {
  const { boss, database } = options.jobQueue;
  const waiters = new Map<string, Set<() => void>>();
  const wake = (key: string): void => waiters.get(key)?.forEach((tell) => tell());
  const wakeAll = (): void => [...waiters.keys()].forEach(wake);
  const listener = await database.listen(ENDED_CHANNEL, wake, wakeAll);

  const findState = (key: string): Promise<AnalysisState> => guard(() => readState(options.jobQueue, key));
  return {
    request: (job) => guard(() => request(job)),
    findState,
    findUnknown: (keys) => guard(() => findUnknown(options.jobQueue, keys)),
    findUnderWay: (keys) => guard(() => findUnderWay(options.jobQueue, keys)),
    waitForEnd: async (key, { signal }) => {
      for (;;) {
        const turn = nextTurn(waiters, key, signal, options.recheckMs ?? DEFAULT_RECHECK_MS);
        try {
          const state = await findState(key);
          if (signal.aborted || !isUnderWay(state)) return state;
          await turn.comes;
          if (isOver(signal)) return state;
        } finally {
          turn.end();
        }
      }
    },
    announceEnd: async (key) => {
      await database.query('SELECT pg_notify($1, $2)', [ENDED_CHANNEL, key]);
    },
    close: () => listener.close(),
  };

  async function request(job: AnalysisJob): Promise<void> {
    const { key, imagingStudyId, revision } = job;
    const data: AnalysisJobData = { key, imagingStudyId, ...(revision && { revision }), ...carryTrace() };
    const priority = PRIORITY[job.urgency];
    const id = await boss.send(ANALYSIS_QUEUE, data, { singletonKey: job.key, priority });
    if (id === null && job.urgency === 'order') {
      // What an arrival put there is the order's now, in the trace too; and it does not sit out an arrival's pause.
      const isPausing = await mayEndPause(options.jobQueue, job.key);
      await boss.update(ANALYSIS_QUEUE, data, { singletonKey: job.key, priority, ...(isPausing && { startAfter: 0 }) });
    }
  }
}

/** Asked again after an await, where the compiler believes what it saw before. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function isUnderWay(state: AnalysisState): boolean {
  return state.kind !== 'done' && state.kind !== 'failed' && state.kind !== 'unknown';
}

/** A promise that resolves at the next notice for the key, after `recheckMs`, or when the signal aborts. */
function nextTurn(waiters: Map<string, Set<() => void>>, key: string, signal: AbortSignal, recheckMs: number) {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const tell = (): void => resolve(undefined);
  const timer = setTimeout(tell, recheckMs);
  const group = waiters.get(key) ?? new Set();
  waiters.set(key, group.add(tell));
  signal.addEventListener('abort', tell);
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', tell);
    group.delete(tell);
    if (group.size === 0 && waiters.get(key) === group) waiters.delete(key);
  };
  return { comes: promise, end };
}

/** A queue that cannot be asked is `queue-unavailable`, whatever the database said. */
async function guard<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new Fault('queue-unavailable', 'The job queue cannot be reached', { cause: error, retryable: true });
  }
}
