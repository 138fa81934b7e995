/**
 * Opens the database the site chose and brings its schema up to date. The only place that knows there are two
 * engines. PGlite takes 1-3 s to open a fresh folder and 0.2 s a known one: open it while the models load.
 */
import type { Logger } from 'pino';
import type { Migration, OpenedDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './pglite-database.ts';
import { openPostgres } from './postgres-database.ts';
import { STORAGE_MIGRATIONS } from './storage-migrations.ts';

/** Where the data lies. `inMemory` is for tests and demos: everything is gone when it is closed. */
export type DatabaseAddress =
  { readonly dataDir: string } | { readonly connectionString: string } | { readonly inMemory: true };

export type DatabaseOptions = DatabaseAddress & {
  readonly logger: Logger;
  /** Steps of other rooms (jobs/, security/), applied after this room's own. */
  readonly migrations?: readonly Migration[];
  /** PostgreSQL only. Default 10. */
  readonly maxConnections?: number;
  /** PostgreSQL only. Default 5 000. */
  readonly connectTimeoutMs?: number;
  /** PostgreSQL only. Default 30 000. */
  readonly statementTimeoutMs?: number;
};

/**
 * Throws Fault `storage-unavailable`: folder in use by another process or not writable, server not reachable,
 * or a migration that was edited after it had been applied.
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenedDatabase> {
  const database = await openEngine(options);
  try {
    await migrate(database, [...STORAGE_MIGRATIONS, ...(options.migrations ?? [])]);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function openEngine(options: DatabaseOptions): Promise<OpenedDatabase> {
  if ('connectionString' in options) {
    return openPostgres({
      connectionString: options.connectionString,
      maxConnections: options.maxConnections ?? 10,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
      logger: options.logger,
    });
  }
  return openPglite('dataDir' in options ? options.dataDir : undefined);
}
