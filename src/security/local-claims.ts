/**
 * Claims of the only process on its own embedded database: memory decides at once, the database learns of it within
 * a moment and is read back at the next start. A process killed within that moment forgets the tokens of the moment:
 * they could be used once more after the restart, by somebody who has them, until they expire.
 */
import type { Logger } from 'pino';
import type { Database } from '../storage/database.ts';
import { insertDigests, readDigests, type SeenDigest } from './digest-table.ts';
import type { Claims } from './claims.ts';

const GATHER_MS = 50;
const RETRY_MS = 500;

export function createLocalClaims(database: Database, logger?: Logger): Claims {
  const expiries = new Map<string, number>();
  let unwritten: SeenDigest[] = [];
  let timer: NodeJS.Timeout | undefined;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    for (const { digest, expiresAt } of await readDigests(database)) expiries.set(digest, expiresAt.getTime());
  }

  /** A start-up that could not read what was seen before must not let it pass: the next claim tries again. */
  function requireLoaded(): Promise<void> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function write(): Promise<void> {
    const batch = unwritten;
    unwritten = [];
    let hasFailed = false;
    try {
      await insertDigests(database, batch);
    } catch (error) {
      hasFailed = true;
      unwritten = [...batch, ...unwritten];
      logger?.warn({ errorName: error instanceof Error ? error.name : 'unknown' }, 'seen tokens not written yet');
    }
    timer = undefined;
    if (unwritten.length === 0) return;
    // A database that was closed for good must not keep the process alive.
    if (hasFailed) schedule(RETRY_MS).unref();
    else schedule(GATHER_MS);
  }

  function schedule(delayMs: number): NodeJS.Timeout {
    timer ??= setTimeout(() => void write(), delayMs);
    return timer;
  }

  return {
    async claim(digest, expiresAt) {
      await requireLoaded();
      if (expiries.has(digest)) return false;
      expiries.set(digest, expiresAt.getTime());
      unwritten.push({ digest, expiresAt });
      schedule(GATHER_MS);
      return true;
    },
    forgetExpired(now) {
      for (const [digest, expiresAtMs] of expiries) if (expiresAtMs < now.getTime()) expiries.delete(digest);
      unwritten = unwritten.filter((one) => one.expiresAt >= now);
    },
  };
}
