/**
 * One process per PGlite folder. PGlite does not lock its files, and two processes on one folder corrupt it.
 * The lock is an operating-system lock held through an SQLite file: it vanishes with the process, however that
 * dies (kill -9), and does not depend on process ids, which containers reuse. It guards one host (or one POSIX
 * file system); it does not guard a folder on a network share without locks.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';

export interface FolderLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/** Takes the folder or throws Fault `storage-unavailable` naming who has it. The folder is made where missing. */
export function lockFolder(folder: string): FolderLock {
  const holderFile = join(folder, 'held-by.txt');
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    lock = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    writeFileSync(holderFile, `process ${process.pid}, since ${new Date().toISOString()}\n`);
  } catch (error) {
    lock?.close();
    throw describeRefusal(folder, holderFile, error);
  }
  const held = lock;
  return { release: () => held.close() };
}

function describeRefusal(folder: string, holderFile: string, error: unknown): Fault {
  const isHeld = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
  const message = isHeld
    ? `The data folder ${folder} is in use (${readHolder(holderFile)}). Stop that process, name another folder, ` +
      'or use PostgreSQL (DATABASE_URL) where several processes are to share one database.'
    : `The data folder ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  return new Fault('storage-unavailable', message, { cause: error });
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim();
  } catch {
    return 'holder unknown';
  }
}
