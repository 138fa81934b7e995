/**
 * The tables of this room, as data for whoever opens the database: each statement may run again at every start.
 * Both hold only what must be shared by replicas, and both are swept: see `purge…` in the stores.
 */
export const SECURITY_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS caller_token_seen (
     digest text PRIMARY KEY,
     expires_at timestamptz NOT NULL
   )`,
  `CREATE INDEX IF NOT EXISTS caller_token_seen_expires ON caller_token_seen (expires_at)`,
  `CREATE TABLE IF NOT EXISTS caller_rate (
     caller text NOT NULL,
     window_start timestamptz NOT NULL,
     calls integer NOT NULL,
     PRIMARY KEY (caller, window_start)
   )`,
];
