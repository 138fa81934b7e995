/**
 * Runs analyses: one at a time by default (the networks use all threads anyway), plus one loop kept free for
 * orders, so that an order never waits for a queue of arrivals to be fetched and decoded.
 */
import type { AnalysisJob } from '../assessment/domain/ports.ts';
import type { AnalysisJobData, DurableAnalysisQueue } from './analysis-queue.ts';
import { ANALYSIS_QUEUE, PRIORITY } from './job-queues.ts';
import { startJobRunner } from './job-runner.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobQueue } from './open-job-queue.ts';
import { ANALYSIS_RETRIES } from './retry-policy.ts';
import type { RetryTable } from './retry-policy.ts';

export interface AnalysisCall {
  readonly signal: AbortSignal;
  /** When the job was put into the queue; the same at every attempt. */
  readonly askedAt: Date;
}

export interface AnalysisWorkerOptions {
  readonly jobQueue: JobQueue;
  readonly queue: DurableAnalysisQueue;
  /**
   * Reads the study again by its id, assesses it and records the result. Idempotent: a job may run twice.
   * Faults are retried by the policy; a refusal to assess is a recorded answer, not a fault.
   */
  readonly assess: (job: AnalysisJob, call: AnalysisCall) => Promise<void>;
  /** Analyses at the same time, beside the one loop reserved for orders. Default 1. */
  readonly concurrency?: number;
  readonly retries?: RetryTable;
  readonly random?: () => number;
}

export function createAnalysisWorker(options: AnalysisWorkerOptions): Promise<JobRunner> {
  return startJobRunner<AnalysisJobData>({
    jobQueue: options.jobQueue,
    queue: ANALYSIS_QUEUE,
    retries: options.retries ?? ANALYSIS_RETRIES,
    concurrency: options.concurrency ?? 1,
    reserved: { concurrency: 1, minPriority: PRIORITY.order },
    handle: ({ key, imagingStudyId, revision }, { signal, priority, askedAt }) => {
      const urgency = priority >= PRIORITY.order ? 'order' : 'arrival';
      return options.assess({ key, imagingStudyId, ...(revision && { revision }), urgency }, { signal, askedAt });
    },
    onEnded: ({ key }, { willRetry }) => (willRetry ? Promise.resolve() : options.queue.announceEnd(key)),
    ...(options.random ? { random: options.random } : {}),
  });
}
