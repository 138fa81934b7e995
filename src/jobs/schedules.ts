/**
 * Recurring tasks (node-cron). However many replicas there are, each tick runs once: whoever writes the tick
 * into the shared row first has it, and nobody starts while another still holds the lease. A replica that dies
 * loses that tick; the next one covers it, so tasks look back further than their interval.
 */
import { randomUUID } from 'node:crypto';
import { createTask, validateDetailed } from 'node-cron';
import type { RunCoordinator, ScheduledTask } from 'node-cron';
import type { Logger } from 'pino';
import { Fault, toFault } from '../errors.ts';
import type { Database } from '../storage/database.ts';

export interface ScheduledWork {
  /** Stable, unique: the key between replicas. */
  readonly name: string;
  /** node-cron expression, seconds allowed as a sixth field in front. */
  readonly cron: string;
  /** Longest a run may take: then it is aborted and another replica may start. Default 300 000. */
  readonly leaseMs?: number;
  readonly run: (options: { readonly signal: AbortSignal }) => Promise<void>;
}

export interface Schedules {
  start(): Promise<void>;
  /** No new ticks; a running task is aborted and waited for. */
  stop(): Promise<void>;
}

const DEFAULT_LEASE_MS = 300_000;
/** A last tick this far ahead of the database's clock came from a clock that was wrong, and does not block. */
const CLAIM_SQL = `
  INSERT INTO schedule_run (name, last_tick, held_by, held_until) VALUES ($1, $2, $3, now() + $4 * interval '1 ms')
  ON CONFLICT (name) DO UPDATE SET last_tick = EXCLUDED.last_tick, held_by = EXCLUDED.held_by, held_until = EXCLUDED.held_until
  WHERE (schedule_run.last_tick < EXCLUDED.last_tick OR schedule_run.last_tick > now() + interval '1 minute')
    AND (schedule_run.held_until IS NULL OR schedule_run.held_until < now())
  RETURNING name`;
const RELEASE_SQL = 'UPDATE schedule_run SET held_until = NULL WHERE name = $1 AND held_by = $2';

/** Throws Fault `config-invalid` naming the field of a wrong cron expression. */
export function createSchedules(options: {
  readonly database: Database;
  readonly logger: Logger;
  readonly work: readonly ScheduledWork[];
}): Schedules {
  const { database, logger } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const tasks = options.work.map(toTask);

  function toTask(work: ScheduledWork): ScheduledTask {
    requireCron(work);
    const leaseMs = work.leaseMs ?? DEFAULT_LEASE_MS;
    const runOnce = async (): Promise<void> => {
      try {
        await work.run({ signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(leaseMs)]) });
      } catch (error) {
        if (!stopping.signal.aborted)
          logger.error({ schedule: work.name, code: toFault(error).code, err: error }, 'scheduled task failed');
      }
    };
    const track = (): Promise<void> => {
      const run = runOnce().finally(() => running.delete(run));
      running.add(run);
      return run;
    };
    return createTask(work.cron, track, {
      name: work.name,
      timezone: 'UTC',
      noOverlap: true,
      distributed: true,
      distributedLease: leaseMs,
      runCoordinator: coordinate(database, work.name, leaseMs),
      logger: toCronLogger(logger),
    });
  }

  return {
    start: async () => {
      for (const task of tasks) await task.start();
    },
    stop: async () => {
      stopping.abort();
      for (const task of tasks) await task.destroy();
      await Promise.all(running);
    },
  };
}

/** node-cron asks with the key "<prefix>:<ISO instant of the tick>". */
function coordinate(database: Database, name: string, leaseMs: number): RunCoordinator {
  const holder = randomUUID();
  const isoLength = new Date(0).toISOString().length;
  return {
    shouldRun: async (key) => {
      const { rows } = await database.query(CLAIM_SQL, [name, key.slice(-isoLength), holder, leaseMs]);
      return rows.length > 0;
    },
    onComplete: async () => {
      await database.query(RELEASE_SQL, [name, holder]);
    },
  };
}

function requireCron({ name, cron }: ScheduledWork): void {
  const { valid, errors } = validateDetailed(cron);
  if (valid) return;
  const reasons = errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  throw new Fault('config-invalid', `Schedule ${name}: "${cron}" is not a cron expression (${reasons})`);
}

function toCronLogger(logger: Logger) {
  const toText = (message: string | Error): string => (message instanceof Error ? message.message : message);
  return {
    info: (message: string) => logger.debug(message),
    warn: (message: string) => logger.warn(message),
    error: (message: string | Error, error?: Error) => logger.error({ err: error ?? message }, toText(message)),
    debug: (message: string | Error) => logger.debug(toText(message)),
  };
}
