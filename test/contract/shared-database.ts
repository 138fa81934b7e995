/** One in-memory database for all contract tests of a run: opening one takes seconds, and no test empties tables. */
import { after } from 'mocha';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { openTestDatabase } from './cds-harness.ts';

let opened: Promise<OpenedDatabase> | undefined;

export function openSharedDatabase(): Promise<OpenedDatabase> {
  opened ??= openTestDatabase();
  return opened;
}

after(async () => {
  await (await opened)?.close();
});
