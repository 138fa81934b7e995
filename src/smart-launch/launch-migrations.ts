/** Tables of this room: launches under way and sessions, shared by replicas. Secrets of browsers only as digests. */
import type { Migration } from '../storage/database.ts';

export const LAUNCH_MIGRATIONS: readonly Migration[] = [
  {
    id: 'smart-launch-0001',
    statements: [
      `CREATE TABLE smart_launch (
         state_digest text PRIMARY KEY,
         body jsonb NOT NULL,
         expires_at timestamptz NOT NULL
       )`,
      `CREATE TABLE smart_session (
         id text PRIMARY KEY,
         secret_digest text NOT NULL,
         body jsonb NOT NULL,
         expires_at timestamptz NOT NULL
       )`,
    ],
  },
];
