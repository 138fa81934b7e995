/**
 * What we still owe the chart, the audit and the archive, as counts for the metrics and as a list for the operator. Ids only:
 * an assessment key or the number of an audit event, never a patient.
 */
import type { Database } from '../storage/database.ts';
import { AUDIT_QUEUE, CHART_WRITE_QUEUE, RESULT_QUEUE } from './job-queues.ts';

export const OUTBOX_QUEUES = [CHART_WRITE_QUEUE, AUDIT_QUEUE, RESULT_QUEUE] as const;
export type OutboxQueue = (typeof OUTBOX_QUEUES)[number];

export interface OutboxFigures {
  readonly queue: string;
  /** Delivered as soon as the other side takes it. */
  readonly waiting: number;
  /** Refused for good: kept until an operator has it delivered again. */
  readonly refused: number;
  readonly oldestSeconds: number;
}

export interface OwedItem {
  readonly queue: string;
  readonly id: string;
  readonly storedAt: string;
  /** Code of the refusal; absent while it is still tried. */
  readonly refusedCode?: string;
}

const FIGURES_SQL = `
  SELECT queue, count(*) FILTER (WHERE failed_code IS NULL)::int AS waiting,
    count(*) FILTER (WHERE failed_code IS NOT NULL)::int AS refused,
    extract(epoch FROM now() - min(stored_at))::float8 AS "oldestSeconds"
  FROM outbox_item GROUP BY queue`;

/** One row per queue, also where nothing is owed. */
export async function readOutboxFigures(database: Database): Promise<readonly OutboxFigures[]> {
  const { rows } = await database.query<OutboxFigures>(FIGURES_SQL);
  return OUTBOX_QUEUES.map(
    (queue) => rows.find((row) => row.queue === queue) ?? { queue, waiting: 0, refused: 0, oldestSeconds: 0 },
  );
}

interface OwedRow {
  readonly queue: string;
  readonly id: string;
  readonly stored_at: Date;
  readonly failed_code: string | null;
}

/** Refused ones first, then the oldest. */
export async function listOwed(database: Database, limit: number): Promise<readonly OwedItem[]> {
  const { rows } = await database.query<OwedRow>(
    'SELECT queue, id, stored_at, failed_code FROM outbox_item ORDER BY failed_code IS NULL, stored_at, id LIMIT $1',
    [limit],
  );
  return rows.map(({ queue, id, stored_at, failed_code }) => ({
    ...{ queue, id, storedAt: stored_at.toISOString() },
    ...(failed_code !== null && { refusedCode: failed_code }),
  }));
}
