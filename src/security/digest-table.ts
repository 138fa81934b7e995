/** The table of digests that were seen, as both kinds of claims use it. */
import type { Database } from '../storage/database.ts';

export interface SeenDigest {
  readonly digest: string;
  readonly expiresAt: Date;
}

/** Inserts a batch in one statement; returns the digests that were new. */
export async function insertDigests(database: Database, batch: readonly SeenDigest[]): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ digest: string }>(
    `INSERT INTO caller_token_seen (digest, expires_at)
     SELECT * FROM unnest($1::text[], $2::timestamptz[]) ON CONFLICT DO NOTHING RETURNING digest`,
    [batch.map((one) => one.digest), batch.map((one) => one.expiresAt.toISOString())],
  );
  return new Set(rows.map((row) => row.digest));
}

export async function readDigests(database: Database): Promise<readonly SeenDigest[]> {
  const { rows } = await database.query<{ digest: string; expires_at: Date | string }>(
    'SELECT digest, expires_at FROM caller_token_seen',
  );
  return rows.map((row) => ({ digest: row.digest, expiresAt: new Date(row.expires_at) }));
}

/** How many rows went. */
export async function deleteExpired(database: Database, now: Date): Promise<number> {
  const sql = 'DELETE FROM caller_token_seen WHERE expires_at < $1';
  return (await database.query(sql, [now.toISOString()])).rowCount;
}
