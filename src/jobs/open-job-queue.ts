/**
 * pg-boss, started on our database with our queues. Start it while the models load: a fresh PGlite folder takes
 * seconds. Everything else in this room works on the JobQueue returned here.
 */
import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { Fault, toFault } from '../errors.ts';
import type { QueueDatabase } from '../storage/database.ts';
import { toBossDatabase } from './boss-database.ts';
import { QUEUES } from './job-queues.ts';

export interface JobQueueOptions {
  readonly database: QueueDatabase;
  readonly logger: Logger;
  /** How often jobs of dead processes are looked for. Default 5 s; on PGlite only the start looks. */
  readonly superviseIntervalS?: number;
}

export interface JobQueue {
  readonly boss: PgBoss;
  readonly database: QueueDatabase;
  readonly logger: Logger;
  /** Stops fetching and supervising. Workers are stopped first, by whoever started them. */
  stop(): Promise<void>;
}

/** Our own index: pg-boss has none that finds the latest job of a key once it has ended. */
const KEY_INDEX = 'CREATE INDEX IF NOT EXISTS cds_job_key ON pgboss.job (name, singleton_key, created_on DESC)';

/** Throws Fault `queue-unavailable` (retryable) when pg-boss cannot be started. */
export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const { database, logger } = options;
  const isEmbedded = database.engine === 'pglite';
  const superviseIntervalSeconds = options.superviseIntervalS ?? (isEmbedded ? 60 : 5);
  const boss = new PgBoss({
    db: toBossDatabase(database),
    backend: isEmbedded ? 'pglite' : 'postgres',
    useListenNotify: true,
    schedule: false,
    // Its spans record the text of database errors; ours (tracing.ts) name codes.
    openTelemetry: { enabled: false },
    superviseIntervalSeconds,
    monitorIntervalSeconds: superviseIntervalSeconds,
    reindex: !isEmbedded,
  });
  // Code and message only: database errors carry rows and connections.
  boss.on('error', (error) => logger.error({ code: toFault(error).code, reason: error.message }, 'queue fault'));
  boss.on('warning', (warning) => logger.warn({ warning: warning.message }, 'queue warning'));
  try {
    await boss.start();
    for (const queue of QUEUES) await createOrUpdateQueue(boss, queue);
    await database.query(KEY_INDEX);
    if (isEmbedded) await returnOrphans(boss, database, logger);
  } catch (error) {
    await boss.stop({ graceful: false, close: false }).catch(() => undefined);
    throw new Fault('queue-unavailable', 'The job queue cannot be started', { cause: error, retryable: true });
  }
  return { boss, database, logger, stop: () => boss.stop({ graceful: true, timeout: 1_000, close: false }) };
}

/** `createQueue` leaves an existing queue as it is; a release that changes a number must reach it. */
async function createOrUpdateQueue(boss: PgBoss, queue: (typeof QUEUES)[number]): Promise<void> {
  const { name, policy, ...changeable } = queue;
  await boss.createQueue(name, { ...changeable, ...(policy === undefined ? {} : { policy }) });
  await boss.updateQueue(name, changeable);
}

/** One process owns a PGlite folder, so whatever runs when it starts belonged to a process that died. */
async function returnOrphans(boss: PgBoss, database: QueueDatabase, logger: Logger): Promise<void> {
  const { rows } = await database.query<{ id: string; name: string }>(
    "SELECT id, name FROM pgboss.job WHERE state = 'active' AND name NOT LIKE '\\_\\_pgboss%'",
  );
  for (const { id, name } of rows) await boss.fail(name, id, { code: 'worker-lost' });
  if (rows.length > 0) logger.warn({ jobs: rows.length }, 'jobs of a process that died are taken up again');
}
