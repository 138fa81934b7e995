/** How much waits, how long and how much gets done: what metrics and back-pressure are made of. */
import type { JobQueue } from './open-job-queue.ts';

export interface QueueFigures {
  /** Ready to run, not yet begun. */
  readonly waiting: number;
  readonly running: number;
  /** Pausing after a failure. */
  readonly retrying: number;
  /** Failed for good within the retention. */
  readonly failed: number;
  /** Age of the longest waiting job, seconds; 0 when none waits. */
  readonly oldestWaitingSeconds: number;
  /** Jobs completed in the last five minutes, per minute. */
  readonly completedPerMinute: number;
}

const WINDOW_MINUTES = 5;
const FIGURES_SQL = `
  SELECT
    count(*) FILTER (WHERE state < 'active' AND start_after <= now())::int AS waiting,
    count(*) FILTER (WHERE state = 'active')::int AS running,
    count(*) FILTER (WHERE state = 'retry' AND start_after > now())::int AS retrying,
    count(*) FILTER (WHERE state = 'failed')::int AS failed,
    coalesce(extract(epoch FROM now() - min(created_on) FILTER (WHERE state < 'active' AND start_after <= now())), 0)::float8
      AS "oldestWaitingSeconds",
    (count(*) FILTER (WHERE state = 'completed'))::float8 / ${WINDOW_MINUTES} AS "completedPerMinute"
  FROM pgboss.job
  WHERE name = $1 AND (state <> 'completed' OR completed_on > now() - interval '${WINDOW_MINUTES} minutes')`;

export async function readQueueFigures(jobQueue: JobQueue, queue: string): Promise<QueueFigures> {
  const { rows } = await jobQueue.database.query<QueueFigures>(FIGURES_SQL, [queue]);
  const [figures] = rows;
  return figures ?? { waiting: 0, running: 0, retrying: 0, failed: 0, oldestWaitingSeconds: 0, completedPerMinute: 0 };
}
