/**
 * The AuditTrail port, durable: recording resolves once the event is in our database, and it reaches the chart
 * when the chart takes it. The id is made here, so that writing it twice is one AuditEvent there.
 */
import { randomUUID } from 'node:crypto';
import type { AuditRecord, AuditTrail } from '../assessment/domain/ports.ts';
import { AUDIT_QUEUE } from './job-queues.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobQueue } from './open-job-queue.ts';
import { createOutbox } from './outbox.ts';

/** Every order leaves an event: one delivery at a time would fall behind a busy hour. */
const CONCURRENCY = 4;

/** What is delivered: `id` becomes the AuditEvent's identifier for a conditional create. */
export interface IdentifiedAuditRecord {
  readonly id: string;
  readonly record: AuditRecord;
}

export interface AuditOutbox extends AuditTrail {
  startDelivery(options: {
    /** Idempotent by `id`. */
    readonly write: (event: IdentifiedAuditRecord, options: { readonly signal: AbortSignal }) => Promise<void>;
  }): Promise<JobRunner>;
}

export function createAuditOutbox(options: {
  readonly jobQueue: JobQueue;
  readonly createId?: () => string;
}): AuditOutbox {
  const outbox = createOutbox<IdentifiedAuditRecord>(options.jobQueue, AUDIT_QUEUE);
  const createId = options.createId ?? randomUUID;
  return {
    record: (record) => {
      const id = createId();
      return outbox.put(id, { id, record });
    },
    startDelivery: ({ write }) => outbox.startDelivery({ deliver: write, concurrency: CONCURRENCY }),
  };
}
