/**
 * PostgreSQL behind the Database interface: one pool for everybody, plus one connection per LISTEN that is
 * taken up again, with a growing pause, when it is cut.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import type { Database, OpenedDatabase, QueryResult } from './database.ts';
import { describeDatabaseError, toDatabaseFault, withDatabaseFault } from './database-fault.ts';

export interface PostgresOptions {
  readonly connectionString: string;
  /** Connections of this process; every replica has its own pool. */
  readonly maxConnections: number;
  /** How long to wait for a connection before `storage-unavailable`. */
  readonly connectTimeoutMs: number;
  /** The server ends a statement that runs longer. */
  readonly statementTimeoutMs: number;
  readonly logger: Logger;
}

const RELISTEN_FIRST_MS = 200;
const RELISTEN_MAX_MS = 10_000;

/** Counts and job numbers as numbers, as PGlite is told too; every other type by pg's defaults. */
const parsers = new pg.TypeOverrides();
parsers.setTypeParser(pg.types.builtins.INT8, Number);

/** Proves the connection once. Throws Fault `storage-unavailable` (retryable) when the server does not answer. */
export async function openPostgres(options: PostgresOptions): Promise<OpenedDatabase> {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    application_name: 'thrombectomy-cds',
    keepAlive: true,
    types: parsers,
  });
  // An idle connection that is cut makes the pool emit; without a listener that would end the process.
  pool.on('error', (error) => options.logger.warn(describeDatabaseError(error), 'idle database connection lost'));
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw toDatabaseFault(error);
  }
  return wrap(pool, options);
}

function wrap(pool: pg.Pool, options: PostgresOptions): OpenedDatabase {
  const subscriptions = new Set<Subscription>();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    await pool.end();
  };
  return {
    engine: 'postgresql',
    query: (sql, params) => withDatabaseFault(() => runQuery(pool, sql, params)),
    transaction: (work) => withDatabaseFault(() => runTransaction(pool, work)),
    executeScript: (sql) => withDatabaseFault(() => runScript(pool, sql)),
    listen: async (channel, onNotice, onSubscribed) => {
      const subscription = createSubscription(channel, onNotice, onSubscribed ?? (() => undefined), options);
      subscriptions.add(subscription);
      await withDatabaseFault(() => subscription.open());
      return { close: () => subscription.close().finally(() => subscriptions.delete(subscription)) };
    },
    close: () => (closing ??= close()),
  };
}

async function runQuery<Row>(
  source: pg.Pool | pg.PoolClient,
  sql: string,
  params: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  const { rows, rowCount } = await source.query<pg.QueryResultRow>(sql, [...params]);
  return { rows: rows as Row[], rowCount: rowCount ?? 0 };
}

/** node-postgres answers a script with one result per statement, a single statement with one result. */
async function runScript(pool: pg.Pool, sql: string): Promise<readonly Record<string, unknown>[]> {
  const answer = (await pool.query(sql)) as pg.QueryResult | pg.QueryResult[];
  return [answer].flat().flatMap((result) => result.rows as Record<string, unknown>[]);
}

async function runTransaction<Result>(pool: pg.Pool, work: (database: Database) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle connections only: one that is cut between two statements would end the process.
  const onCut = (error: Error): void => void (broken = error);
  client.on('error', onCut);
  try {
    await client.query('BEGIN');
    const result = await work(inTransaction(client, 0));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: unknown) => (broken = rollbackError as Error));
    throw error;
  } finally {
    client.off('error', onCut);
    client.release(broken);
  }
}

function inTransaction(client: pg.PoolClient, depth: number): Database {
  const savepoint = `nested_${depth}`;
  return {
    query: (sql, params) => runQuery(client, sql, params),
    transaction: async (work) => {
      await client.query(`SAVEPOINT ${savepoint}`);
      try {
        const result = await work(inTransaction(client, depth + 1));
        await client.query(`RELEASE SAVEPOINT ${savepoint}`);
        return result;
      } catch (error) {
        await client.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
        throw error;
      }
    },
  };
}

interface Subscription {
  open(): Promise<void>;
  close(): Promise<void>;
}

function createSubscription(
  channel: string,
  onNotice: (payload: string) => void,
  onSubscribed: () => void,
  options: PostgresOptions,
): Subscription {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let failures = 0;

  const open = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.connectionString,
      connectionTimeoutMillis: options.connectTimeoutMs,
      application_name: 'thrombectomy-cds listen',
      keepAlive: true,
    });
    client = next;
    next.on('notification', (notice) => onNotice(notice.payload ?? ''));
    next.on('error', (error) => options.logger.warn({ ...describeDatabaseError(error), channel }, 'listener lost'));
    try {
      await next.connect();
      await next.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      await next.end().catch(() => undefined);
      throw error;
    }
    next.on('end', reopenLater);
    failures = 0;
    onSubscribed();
  };
  const reopenLater = (): void => {
    if (closed) return;
    const delayMs = Math.min(RELISTEN_MAX_MS, RELISTEN_FIRST_MS * 2 ** failures++);
    timer = setTimeout(() => void open().catch(reopenLater), delayMs);
  };
  return {
    open,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
