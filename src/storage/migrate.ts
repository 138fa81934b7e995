/**
 * Brings the schema up to date: a list of steps and a table of those applied. Replicas that start together are
 * serialised by an advisory lock; a step that was edited after it was applied is refused, because then nobody
 * knows what the database looks like.
 */
import { createHash } from 'node:crypto';
import { Fault } from '../errors.ts';
import type { Database, Migration } from './database.ts';

/** Any fixed number: the key of the advisory lock that all replicas take. */
const MIGRATION_LOCK = 7_305_118;

/** Applies what is missing, all in one transaction. Throws Fault `storage-unavailable` when a step was edited. */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  requireUniqueIds(migrations);
  await database.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await transaction.query(
      'CREATE TABLE IF NOT EXISTS schema_migration (id text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await transaction.query<{ id: string; digest: string }>('SELECT id, digest FROM schema_migration');
    const applied = new Map(rows.map((row) => [row.id, row.digest]));
    for (const migration of migrations) await applyOnce(transaction, migration, applied.get(migration.id));
  });
}

async function applyOnce(transaction: Database, migration: Migration, applied: string | undefined): Promise<void> {
  const digest = createHash('sha256').update(JSON.stringify(migration.statements)).digest('hex');
  if (applied === digest) return;
  if (applied !== undefined) {
    throw new Fault('storage-unavailable', `Migration ${migration.id} was edited after it had been applied`);
  }
  for (const statement of migration.statements) await transaction.query(statement);
  await transaction.query('INSERT INTO schema_migration (id, digest) VALUES ($1, $2)', [migration.id, digest]);
}

function requireUniqueIds(migrations: readonly Migration[]): void {
  const ids = new Set(migrations.map((migration) => migration.id));
  if (ids.size !== migrations.length) throw new Fault('config-invalid', 'Two migrations have the same id');
}
