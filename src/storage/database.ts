/**
 * The one SQL database: PGlite (a folder) on a single machine, PostgreSQL when DATABASE_URL is set (ADR 0003).
 * This file is the interface that jobs/ and security/ build on; opening it is open-database.ts.
 * Only what both engines do alike may appear here, so that there is one code path from a laptop to a cluster.
 */
export interface QueryResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

export interface Database {
  /** One statement with $1-style parameters. Throws Fault `storage-unavailable` when the database cannot be reached. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** All or nothing; a transaction inside a transaction is a savepoint. */
  transaction<Result>(work: (database: Database) => Promise<Result>): Promise<Result>;
}

/** What jobs/ needs beyond single statements. */
export interface QueueDatabase extends Database {
  readonly engine: 'pglite' | 'postgresql';
  /**
   * Several statements without parameters, separated by semicolons, in one round trip.
   * Returns the rows of every statement, in order: a `RETURNING` in the middle must not be lost behind a `COMMIT`.
   */
  executeScript(sql: string): Promise<readonly Record<string, unknown>[]>;
  /**
   * LISTEN on a channel. On PostgreSQL it holds one connection of its own and takes it up again when it is cut;
   * `onSubscribed` is called after each (re)subscription, because notices sent in between are gone.
   */
  listen(
    channel: string,
    onNotice: (payload: string) => void,
    onSubscribed?: () => void,
  ): Promise<{ close(): Promise<void> }>;
}

/** An opened database; whoever opened it closes it. */
export interface OpenedDatabase extends QueueDatabase {
  close(): Promise<void>;
}

/** One step of the schema. Applied once, in the order of the list, and never edited after a release. */
export interface Migration {
  /** Unique over all rooms, e.g. "storage-0001-evidence". */
  readonly id: string;
  /** One SQL statement per entry, without parameters. */
  readonly statements: readonly string[];
}
