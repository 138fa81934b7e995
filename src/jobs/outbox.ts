/**
 * What we owe another system: kept in our own database, together with the job that delivers it, in one
 * transaction, and deleted once delivered. Jobs carry only the id. An item that the other side refuses for good
 * stays, marked with the code, until an operator has it delivered again.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Fault, type ErrorCode } from '../errors.ts';
import { carryTrace } from '../tracing.ts';
import { toBossTransaction } from './boss-database.ts';
import { QUEUES } from './job-queues.ts';
import { startJobRunner } from './job-runner.ts';
import type { JobRunner, TracedJob } from './job-runner.ts';
import type { JobQueue } from './open-job-queue.ts';
import type { Database } from '../storage/database.ts';
import { DELIVERY_RETRIES } from './retry-policy.ts';
import type { RetryTable } from './retry-policy.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface Outbox<Item> {
  /** Durable once this resolves. An id stands for one content: put again, it is still delivered once. */
  put(id: string, item: Item): Promise<void>;
  /** Kept without a job: it was refused for good (`code`), and an operator decides when it is delivered again. */
  keepRefused(id: string, item: Item, code: ErrorCode): Promise<void>;
  /** The item if it is not delivered yet. */
  find(id: string): Promise<Item | undefined>;
  /** Items that were refused for good go back into the queue. @returns how many */
  redeliverRefused(): Promise<number>;
  startDelivery(options: DeliveryOptions<Item>): Promise<JobRunner>;
}

export interface DeliveryOptions<Item> {
  /** Idempotent: an item may be delivered twice when the process dies in between. */
  readonly deliver: (item: Item, options: { readonly signal: AbortSignal }) => Promise<void>;
  readonly concurrency?: number;
  readonly retries?: RetryTable;
  readonly random?: () => number;
}

interface OutboxJob extends TracedJob {
  readonly id: string;
}

/** Throws Fault `config-invalid` for a queue that job-queues.ts does not list. */
export function createOutbox<Item>(jobQueue: JobQueue, queue: string): Outbox<Item> {
  const { boss, database } = jobQueue;
  // An unknown queue would make pg-boss ask the database for it inside our transaction: on PGlite for ever.
  if (!QUEUES.some(({ name }) => name === queue)) throw new Fault('config-invalid', `There is no queue ${queue}`);

  async function find(id: string): Promise<Item | undefined> {
    const { rows } = await database.query<{ body: Uint8Array }>(
      'SELECT body FROM outbox_item WHERE queue = $1 AND id = $2',
      [queue, id],
    );
    const body = rows[0]?.body;
    return body && (JSON.parse((await decompress(body)).toString()) as Item);
  }

  async function send(rows: readonly { readonly id: string }[], within?: Database): Promise<void> {
    const db = within && { db: toBossTransaction(within) };
    for (const { id } of rows) await boss.send(queue, { id, ...carryTrace() }, { singletonKey: id, ...db });
  }

  /** Put again in the very moment of its delivery, an item can be left without a job. */
  async function sendForgotten(): Promise<void> {
    const { rows } = await database.query<{ id: string }>(
      `SELECT o.id FROM outbox_item o WHERE o.queue = $1 AND o.failed_code IS NULL AND NOT EXISTS (
         SELECT 1 FROM pgboss.job j WHERE j.name = o.queue AND j.singleton_key = o.id AND j.state <= 'active')`,
      [queue],
    );
    await send(rows);
  }

  return {
    find,
    put: async (id, item) => {
      const body = await compress(JSON.stringify(item));
      await database.transaction(async (transaction) => {
        await transaction.query(
          `INSERT INTO outbox_item (queue, id, body) VALUES ($1, $2, $3)
           ON CONFLICT (queue, id) DO UPDATE SET failed_code = NULL`,
          [queue, id, body],
        );
        await send([{ id }], transaction);
      });
    },
    keepRefused: async (id, item, code) => {
      await database.query(
        `INSERT INTO outbox_item (queue, id, body, failed_code) VALUES ($1, $2, $3, $4)
         ON CONFLICT (queue, id) DO NOTHING`,
        [queue, id, await compress(JSON.stringify(item)), code],
      );
    },
    redeliverRefused: () =>
      database.transaction(async (transaction) => {
        const { rows } = await transaction.query<{ id: string }>(
          'UPDATE outbox_item SET failed_code = NULL WHERE queue = $1 AND failed_code IS NOT NULL RETURNING id',
          [queue],
        );
        await send(rows, transaction);
        return rows.length;
      }),
    startDelivery: async (options) => {
      await sendForgotten();
      return startRunner(jobQueue, queue, find, options);
    },
  };
}

function startRunner<Item>(
  jobQueue: JobQueue,
  queue: string,
  find: (id: string) => Promise<Item | undefined>,
  options: DeliveryOptions<Item>,
): Promise<JobRunner> {
  const { database } = jobQueue;
  return startJobRunner<OutboxJob>({
    jobQueue,
    queue,
    retries: options.retries ?? DELIVERY_RETRIES,
    concurrency: options.concurrency ?? 1,
    handle: async ({ id }, { signal }) => {
      const item = await find(id);
      if (item === undefined) return;
      await options.deliver(item, { signal });
      await database.query('DELETE FROM outbox_item WHERE queue = $1 AND id = $2', [queue, id]);
    },
    onEnded: async ({ id }, { fault, willRetry }) => {
      if (fault === undefined || willRetry) return;
      await database.query('UPDATE outbox_item SET failed_code = $3 WHERE queue = $1 AND id = $2', [
        queue,
        id,
        fault.code,
      ]);
    },
    ...(options.random ? { random: options.random } : {}),
  });
}
