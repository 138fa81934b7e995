/**
 * A token counts once (`jti`, CDS Hooks 2.0, Trusting CDS Clients), in every replica together. Only a digest of issuer
 * and jti is kept, until the token has expired by any replica's clock. Which store decides depends on who shares it:
 * PostgreSQL is shared by replicas, so its primary key decides; an embedded database belongs to one process, so that
 * process's memory decides and the database only carries it over a restart (docs/adr/0064).
 */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Database } from '../storage/database.ts';
import { deleteExpired } from './digest-table.ts';
import { createLocalClaims } from './local-claims.ts';
import { createSharedClaims } from './shared-claims.ts';

export interface ReplayStore {
  /** True the first time; false when this issuer's jti was seen before. Throws Fault `storage-unavailable`. */
  claim(issuer: string, jti: string, expiresAt: Date): Promise<boolean>;
  /** Removes what expired ten minutes ago or longer; how many rows. */
  purgeExpired(now: Date): Promise<number>;
}

export interface ReplayStoreOptions {
  /** Hears of writes that failed after a local claim was granted, and of sweeps that failed. */
  readonly logger?: Logger;
  /** Default the system's clock. */
  readonly now?: () => Date;
  /** How often claims sweep what has expired, default 10 minutes. */
  readonly sweepEveryMs?: number;
}

/** Replicas' clocks differ, and clocks are set back: a token is forgotten only when it has expired for all of them. */
const KEPT_LONGER_MS = 600_000;

export function createReplayStore(
  database: Database & { readonly engine?: 'pglite' | 'postgresql' },
  options: ReplayStoreOptions = {},
): ReplayStore {
  const claims =
    database.engine === 'pglite' ? createLocalClaims(database, options.logger) : createSharedClaims(database);
  const now = options.now ?? (() => new Date());
  let sweptAtMs = now().getTime();

  async function purgeExpired(at: Date): Promise<number> {
    const before = new Date(at.getTime() - KEPT_LONGER_MS);
    claims.forgetExpired(before);
    return deleteExpired(database, before);
  }

  /** Whoever claims also sweeps, now and then: no schedule to forget. Nobody waits for it. */
  function sweepNowAndThen(): void {
    const nowMs = now().getTime();
    if (nowMs - sweptAtMs < (options.sweepEveryMs ?? 600_000)) return;
    sweptAtMs = nowMs;
    purgeExpired(now()).catch((error: unknown) => {
      options.logger?.warn({ errorName: error instanceof Error ? error.name : 'unknown' }, 'seen tokens not swept');
    });
  }

  return {
    claim(issuer, jti, expiresAt) {
      sweepNowAndThen();
      const digest = createHash('sha256')
        .update(JSON.stringify([issuer, jti]))
        .digest('base64url');
      return claims.claim(digest, expiresAt);
    },
    purgeExpired,
  };
}
