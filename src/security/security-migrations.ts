/** Tables of this room, as data for openDatabase. Both hold only what replicas must share, and both are swept. */
import type { Migration } from '../storage/database.ts';

export const SECURITY_MIGRATIONS: readonly Migration[] = [
  {
    id: 'security-0001-callers',
    statements: [
      `CREATE TABLE caller_token_seen (
         digest text PRIMARY KEY,
         expires_at timestamptz NOT NULL
       )`,
      'CREATE INDEX caller_token_seen_expires ON caller_token_seen (expires_at)',
      `CREATE TABLE caller_rate (
         caller text NOT NULL,
         window_start timestamptz NOT NULL,
         calls integer NOT NULL,
         PRIMARY KEY (caller, window_start)
       )`,
    ],
  },
];
