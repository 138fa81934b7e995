/**
 * PGlite behind the Database interface: PostgreSQL compiled to WebAssembly, one connection, a folder or memory.
 * Statements queue behind each other; keep transactions short.
 */
import { join } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import type { Transaction } from '@electric-sql/pglite';
import type { Database, OpenedDatabase, QueryResult } from './database.ts';
import { withDatabaseFault } from './database-fault.ts';
import { lockFolder } from './folder-lock.ts';

/** `dataDir` undefined: in memory, gone when closed. Throws Fault `storage-unavailable` when the folder is taken. */
export async function openPglite(dataDir: string | undefined): Promise<OpenedDatabase> {
  const lock = dataDir === undefined ? undefined : lockFolder(dataDir);
  const parsers = { [types.INT8]: Number };
  try {
    const pglite = await withDatabaseFault(() =>
      PGlite.create({ parsers, ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'pglite') }) }),
    );
    return wrap(pglite, () => lock?.release());
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function wrap(pglite: PGlite, onClosed: () => void): OpenedDatabase {
  let closing: Promise<void> | undefined;
  return {
    engine: 'pglite',
    query: (sql, params) => withDatabaseFault(() => runQuery(pglite, sql, params)),
    transaction: (work) => withDatabaseFault(() => pglite.transaction((inner) => work(inTransaction(inner, 0)))),
    executeScript: (sql) => withDatabaseFault(() => runScript(pglite, sql)),
    listen: async (channel, onNotice, onSubscribed) => {
      const unlisten = await withDatabaseFault(() => pglite.listen(quoteIdentifier(channel), onNotice));
      onSubscribed?.();
      return { close: () => (pglite.closed ? Promise.resolve() : unlisten()) };
    },
    close: () => (closing ??= pglite.close().finally(onClosed)),
  };
}

async function runQuery<Row>(
  source: Pick<PGlite, 'query'> | Transaction,
  sql: string,
  params: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  const { rows, affectedRows } = await source.query<Row>(sql, [...params]);
  return { rows, rowCount: rows.length > 0 ? rows.length : (affectedRows ?? 0) };
}

/** A failed script may leave the one connection inside an aborted transaction: roll back, as a pool would by itself. */
async function runScript(pglite: PGlite, sql: string): Promise<readonly Record<string, unknown>[]> {
  try {
    const results = await pglite.exec(sql);
    return results.flatMap((result) => result.rows as Record<string, unknown>[]);
  } catch (error) {
    await pglite.exec('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function inTransaction(inner: Transaction, depth: number): Database {
  const savepoint = `nested_${depth}`;
  return {
    query: (sql, params) => runQuery(inner, sql, params),
    transaction: async (work) => {
      await inner.exec(`SAVEPOINT ${savepoint}`);
      try {
        const result = await work(inTransaction(inner, depth + 1));
        await inner.exec(`RELEASE SAVEPOINT ${savepoint}`);
        return result;
      } catch (error) {
        await inner.exec(`ROLLBACK TO SAVEPOINT ${savepoint}`);
        throw error;
      }
    },
  };
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
