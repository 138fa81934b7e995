/**
 * The one SQL database: PGlite (a folder) on a single machine, PostgreSQL when DATABASE_URL is set (ADR 0003).
 * This file is the interface that jobs/ and security/ build on; opening it is open-database.ts.
 */
export interface QueryResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

export interface Database {
  /** One statement with $1-style parameters. Throws Fault `storage-unavailable` when the database cannot be reached. */
  query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<QueryResult<Row>>;
  transaction<Result>(work: (database: Database) => Promise<Result>): Promise<Result>;
}
