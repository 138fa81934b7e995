/**
 * Where an analysis stands, read from pg-boss's table: its state in the domain's words, how many are ahead of it and
 * how long that takes at the present pace.
 */
import { COUNTED_AHEAD } from '../assessment/domain/backlog.ts';
import type { AnalysisState } from '../assessment/domain/ports.ts';
import { ANALYSIS_QUEUE } from './job-queues.ts';
import type { JobQueue } from './open-job-queue.ts';

/** Short enough to follow a change, long enough for a CPU that takes ten seconds per study. */
const PACE_MINUTES = 5;

interface StateRow {
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  readonly priority: number;
  readonly created_on: Date;
  /** To the microsecond. */
  readonly created_text: string;
  readonly started_on: Date | null;
  readonly completed_on: Date | null;
  readonly retry_count: number;
  readonly output: { readonly code?: string } | null;
}

interface BacklogRow {
  /** At most a little more than COUNTED_AHEAD. */
  readonly ahead: number;
  /** Within the last PACE_MINUTES. */
  readonly completed: number;
}

/** The latest job of the key. Its creation as text: a JavaScript date would lose the microseconds. */
const JOB_SQL = `
  SELECT state, priority, created_on, created_on::text AS created_text, started_on, completed_on, retry_count, output
  FROM pgboss.job WHERE name = $1 AND singleton_key = $2
  ORDER BY created_on DESC LIMIT 1`;

/** Those ahead, by a condition on their order. */
const countAhead = (condition: string): string => `
  (SELECT count(*) FROM (
     SELECT FROM pgboss.job
     WHERE name = $1 AND state < 'active' AND NOT blocked AND start_after <= now() AND ${condition}
     LIMIT ${String(COUNTED_AHEAD + 1)}) counted)`;

/**
 * How many are fetched before a job, and the pace at which they are done. Asked for each order that meets an unseen CT,
 * however long the queue is: with the job's own values as parameters each part is a range of one of pg-boss's indexes,
 * read until COUNTED_AHEAD are found (those that wait for a retry are read over); as one statement joined to the job it read the whole queue (ADR 0112).
 */
const BACKLOG_SQL = `
  SELECT (SELECT count(*) FROM pgboss.job WHERE name = $1 AND state = 'active')
    + ${countAhead('priority > $2')}
    + ${countAhead('priority = $2 AND created_on < $3::timestamptz')} AS ahead,
    (SELECT count(*) FROM pgboss.job WHERE name = $1 AND state = 'completed'
       AND completed_on > now() - interval '${PACE_MINUTES} minutes') AS completed`;

const UNKNOWN_SQL = `
  SELECT k AS key FROM unnest($2::text[]) WITH ORDINALITY AS asked(k, n)
  WHERE NOT EXISTS (SELECT 1 FROM pgboss.job j WHERE j.name = $1 AND j.singleton_key = k) ORDER BY n`;

const UNDER_WAY_SQL = `
  SELECT k AS key FROM unnest($2::text[]) WITH ORDINALITY AS asked(k, n)
  WHERE EXISTS (
    SELECT 1 FROM pgboss.job j WHERE j.name = $1 AND j.singleton_key = k AND j.state IN ('created', 'retry', 'active'))
  ORDER BY n`;

export async function readState({ database }: JobQueue, key: string): Promise<AnalysisState> {
  const [job] = (await database.query<StateRow>(JOB_SQL, [ANALYSIS_QUEUE, key])).rows;
  if (job === undefined) return { kind: 'unknown' };
  const state = toState(job);
  return state.kind === 'queued' ? { ...state, ...(await readBacklog(database, job)) } : state;
}

/** Until it begins: those ahead at the pace of all replicas together; no wait is told where they were not all counted. */
async function readBacklog(database: JobQueue['database'], { priority, created_text }: StateRow) {
  const { rows } = await database.query<BacklogRow>(BACKLOG_SQL, [ANALYSIS_QUEUE, priority, created_text]);
  const { ahead, completed } = rows[0] ?? { ahead: 0, completed: 0 };
  if (ahead > COUNTED_AHEAD) return { ahead: COUNTED_AHEAD + 1 };
  return { ahead, ...(completed > 0 && { waitMinutes: (ahead * PACE_MINUTES) / completed }) };
}

/** Codes of jobs that went back to the queue through nobody's fault: they simply wait again. */
const NO_FAULT_CODES = new Set([undefined, 'given-back', 'worker-lost']);

/** `ahead` of a queued job is counted apart. */
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
      return { kind: 'queued', since, ahead: 0 };
    case 'created':
      return { kind: 'queued', since, ahead: 0 };
  }
}

/** However many orders ask: a PACS that is down is not asked more often than this for one study. */
const PAUSE_AT_LEAST_S = 5;

const PAUSE_SQL = `
  SELECT id FROM pgboss.job
  WHERE name = $1 AND singleton_key = $2 AND state = 'retry' AND start_after > now()
    AND started_on < now() - interval '${String(PAUSE_AT_LEAST_S)} seconds'
    AND output ->> 'code' <> 'study-arriving'
    AND coalesce((output ->> 'notBefore')::timestamptz <= now(), true)`;

/**
 * A job pauses after a failure, and an order may ask whether what failed is back: not while the other side asked for
 * patience (Retry-After), nor for a study that is still arriving, which no hurry makes whole.
 */
export async function mayEndPause({ database }: JobQueue, key: string): Promise<boolean> {
  return (await database.query(PAUSE_SQL, [ANALYSIS_QUEUE, key])).rows.length > 0;
}

/** Keys that no job carries, in the order they were given. */
export async function findUnknown({ database }: JobQueue, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await database.query<{ key: string }>(UNKNOWN_SQL, [ANALYSIS_QUEUE, keys]);
  return rows.map(({ key }) => key);
}

/** Keys with a job that waits or runs, in the order they were given. */
export async function findUnderWay({ database }: JobQueue, keys: readonly string[]): Promise<readonly string[]> {
  const { rows } = await database.query<{ key: string }>(UNDER_WAY_SQL, [ANALYSIS_QUEUE, keys]);
  return rows.map(({ key }) => key);
}
