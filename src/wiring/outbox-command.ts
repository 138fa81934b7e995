/**
 * `npm run outbox -- list | redeliver`: what the chart or the audit has not taken, and a second chance for what they
 * refused for good. On PostgreSQL it works beside the running service; a PGlite folder has one owner (ADR 0071), so
 * there the service is stopped first, and delivers at its next start.
 */
import type { Logger } from 'pino';
import type { Config } from '../config/settings.ts';
import { Fault } from '../errors.ts';
import { JOBS_MIGRATIONS } from '../jobs/jobs-migrations.ts';
import { openJobQueue } from '../jobs/open-job-queue.ts';
import { createOutbox } from '../jobs/outbox.ts';
import { listOwed, OUTBOX_QUEUES, readOutboxFigures } from '../jobs/outbox-ledger.ts';
import { SECURITY_MIGRATIONS } from '../security/security-migrations.ts';
import { openDatabase } from '../storage/open-database.ts';
import { toAddress } from './open-queue.ts';

export const OUTBOX_ACTIONS = ['list', 'redeliver'] as const;

export interface OutboxCommand {
  /** One of OUTBOX_ACTIONS. */
  readonly action: string | undefined;
  readonly config: Config;
  readonly logger: Logger;
  readonly write: (line: string) => void;
}

/** More than a screen is for `list` on the database itself. */
const LIST_LIMIT = 200;

/** Throws Fault `config-invalid` for another action, `storage-unavailable` where the folder is in use. */
export async function runOutboxCommand({ action, config, logger, write }: OutboxCommand): Promise<void> {
  if (action !== 'list' && action !== 'redeliver') {
    throw new Fault('config-invalid', `outbox: say one of ${OUTBOX_ACTIONS.join(', ')}`);
  }
  if (config.DATABASE_URL === undefined && config.DATA_DIR === 'memory') {
    throw new Fault('config-invalid', 'DATA_DIR is "memory": nothing is kept, so there is nothing to deliver again');
  }
  const migrations = [...JOBS_MIGRATIONS, ...SECURITY_MIGRATIONS];
  const database = await openDatabase({ ...toAddress(config), logger, migrations });
  try {
    const jobQueue = await openJobQueue({ database, logger });
    try {
      if (action === 'redeliver') {
        for (const queue of OUTBOX_QUEUES) {
          const count = await createOutbox(jobQueue, queue).redeliverRefused();
          write(`${queue}: ${String(count)} refused ${count === 1 ? 'item goes' : 'items go'} back into the queue`);
        }
      }
    } finally {
      await jobQueue.stop();
    }
    if (action === 'list') await list(database, write);
  } finally {
    await database.close();
  }
}

async function list(database: Parameters<typeof listOwed>[0], write: (line: string) => void): Promise<void> {
  for (const { queue, waiting, refused } of await readOutboxFigures(database)) {
    write(`${queue}: ${String(waiting)} waiting, ${String(refused)} refused`);
  }
  for (const { queue, id, storedAt, refusedCode } of await listOwed(database, LIST_LIMIT)) {
    write(`  ${storedAt}  ${queue}  ${refusedCode ?? 'waiting'}  ${id}`);
  }
}
