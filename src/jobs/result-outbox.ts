/**
 * Results that are owed to the archive. An item carries ids alone: what is said is read from the chart when it is sent,
 * so that a result that was withdrawn meanwhile is not sent after all. Asked for twice, it is delivered once more, and
 * the archive has it already.
 */
import { RESULT_QUEUE } from './job-queues.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobQueue } from './open-job-queue.ts';
import { createOutbox, type DeliveryOptions } from './outbox.ts';
import { EXPORT_RETRIES } from './retry-policy.ts';

export interface OwedResult {
  /** Assessment key. */
  readonly key: string;
}

export interface ResultOutbox {
  /** Durable once it resolves. */
  request(key: string): Promise<void>;
  /** What the archive refused for good is tried again. @returns how many */
  redeliverRefused(): Promise<number>;
  startDelivery(options: Pick<DeliveryOptions<OwedResult>, 'deliver' | 'random' | 'retries'>): Promise<JobRunner>;
}

export function createResultOutbox(options: { readonly jobQueue: JobQueue }): ResultOutbox {
  const outbox = createOutbox<OwedResult>(options.jobQueue, RESULT_QUEUE);
  return {
    request: (key) => outbox.put(key, { key }),
    redeliverRefused: () => outbox.redeliverRefused(),
    startDelivery: (delivery) => outbox.startDelivery({ retries: EXPORT_RETRIES, ...delivery }),
  };
}
