/** Tables of this room beside pg-boss's own schema `pgboss`. Append; never edit a step that was released. */
import type { Migration } from '../storage/database.ts';

export const JOBS_MIGRATIONS: readonly Migration[] = [
  {
    id: 'jobs-0001-outbox',
    statements: [
      `CREATE TABLE outbox_item (
         queue text NOT NULL,
         id text NOT NULL,
         body bytea NOT NULL,
         stored_at timestamptz NOT NULL DEFAULT now(),
         failed_code text,
         PRIMARY KEY (queue, id)
       )`,
    ],
  },
  {
    id: 'jobs-0002-schedules',
    statements: [
      `CREATE TABLE schedule_run (
         name text PRIMARY KEY,
         last_tick timestamptz NOT NULL,
         held_by text,
         held_until timestamptz
       )`,
    ],
  },
];
