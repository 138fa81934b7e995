/**
 * Where an analysis stands, read from pg-boss's table: its state in the domain's words, how many are ahead of it and
 * how long that takes at the present pace.
 */
import type { AnalysisState } from '../assessment/domain/ports.ts';
import { ANALYSIS_QUEUE } from './job-queues.ts';
import type { JobQueue } from './open-job-queue.ts';

/** Short enough to follow a change, long enough for a CPU that takes ten seconds per study. */
const PACE_MINUTES = 5;

interface StateRow {
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  readonly created_on: Date;
  readonly started_on: Date | null;
  readonly completed_on: Date | null;
  readonly retry_count: number;
  readonly output: { readonly code?: string } | null;
  readonly ahead: number;
  /** Within the last PACE_MINUTES. */
  readonly completed: number;
}

/**
 * The latest job of the key, how many are fetched before it, and the pace at which they are done. Asked for each order
 * that meets an unseen CT, so each part is answered from an index (open-job-queue.ts) however long the queue is.
 */
const STATE_SQL = `
  SELECT j.state, j.created_on, j.started_on, j.completed_on, j.retry_count, j.output,
    CASE WHEN j.state < 'active' THEN
      (SELECT count(*) FROM pgboss.job o WHERE o.name = $1 AND o.state = 'active')
      + (SELECT count(*) FROM pgboss.job o WHERE o.name = $1 AND o.state < 'active' AND o.start_after <= now()
           AND o.priority > j.priority)
      + (SELECT count(*) FROM pgboss.job o WHERE o.name = $1 AND o.state < 'active' AND o.start_after <= now()
           AND o.priority = j.priority AND (o.created_on, o.id) < (j.created_on, j.id))
    ELSE 0 END AS ahead,
    CASE WHEN j.state < 'active' THEN (SELECT count(*) FROM pgboss.job o WHERE o.name = $1 AND o.state = 'completed'
      AND o.completed_on > now() - interval '${PACE_MINUTES} minutes') ELSE 0 END AS completed
  FROM pgboss.job j WHERE j.name = $1 AND j.singleton_key = $2
  ORDER BY j.created_on DESC LIMIT 1`;

const UNKNOWN_SQL = `
  SELECT k AS key FROM unnest($2::text[]) WITH ORDINALITY AS asked(k, n)
  WHERE NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE j.name = $1 AND j.singleton_key = k) ORDER BY n`;

export async function readState({ database }: JobQueue, key: string): Promise<AnalysisState> {
  const { rows } = await database.query<StateRow>(STATE_SQL, [ANALYSIS_QUEUE, key]);
  return rows[0] === undefined ? { kind: 'unknown' } : toState(rows[0]);
}

/** Codes of jobs that went back to the queue through nobody's fault: they simply wait again. */
const NO_FAULT_CODES = new Set([undefined, 'given-back', 'worker-lost']);

/** Until it begins: those ahead at the pace of all replicas together. */
function toBacklog({ ahead, completed }: StateRow) {
  return { ahead, ...(completed > 0 && { waitMinutes: (ahead * PACE_MINUTES) / completed }) };
}

function toState(row: StateRow): AnalysisState {
  const since = row.created_on.toISOString();
  const at = (row.completed_on ?? row.created_on).toISOString();
  const code = row.output?.code;
  switch (row.state) {
    case 'active':
      return { kind: 'running', since: (row.started_on ?? row.created_on).toISOString() };
    case 'completed':
      return { kind: 'done', at };
    case 'failed':
    case 'cancelled':
      return { kind: 'failed', at, code: code ?? 'internal' };
    case 'retry':
      if (code !== undefined && !NO_FAULT_CODES.has(code)) {
        return { kind: 'retrying', since, attempt: row.retry_count + 1, code };
      }
      return { kind: 'queued', since, ...toBacklog(row) };
    case 'created':
      return { kind: 'queued', since, ...toBacklog(row) };
  }
}

/** Keys that no job carries, in the order they were given. */
export async function findUnknown({ database }: JobQueue, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await database.query<{ key: string }>(UNKNOWN_SQL, [ANALYSIS_QUEUE, keys]);
  return rows.map(({ key }) => key);
}
