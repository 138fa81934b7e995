/** One in-memory database for all contract tests of a run: opening one takes seconds, and no test empties tables. */
import { after, before } from 'mocha';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { openTestDatabase } from './cds-harness.ts';

let opened: Promise<OpenedDatabase> | undefined;

export function openSharedDatabase(): Promise<OpenedDatabase> {
  opened ??= openTestDatabase();
  return opened;
}

/** Before the first test of all, with time for a busy machine: whichever test came first used to pay for it. */
before(async function () {
  this.timeout(120_000);
  await openSharedDatabase();
});

after(async () => {
  await (await opened)?.close();
});
