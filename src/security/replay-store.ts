/**
 * A token counts once (`jti`, CDS Hooks 2.0, Trusting CDS Clients), in every replica together: the database's
 * primary key decides, so two replicas that see the same token in the same millisecond cannot both accept it.
 * Only a digest of issuer and jti is kept, until the token would have expired anyway. Claims that arrive while one
 * statement is under way go together in the next: under load one round trip serves many callers.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../storage/database.ts';

export interface ReplayStore {
  /** True the first time; false when this issuer's jti was seen before. Throws Fault `storage-unavailable`. */
  claim(issuer: string, jti: string, expiresAt: Date): Promise<boolean>;
  /** Removes what has expired; how many. */
  purgeExpired(now: Date): Promise<number>;
}

interface Claim {
  readonly digest: string;
  readonly expiresAt: string;
  readonly resolve: (isNew: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const INSERT = `INSERT INTO caller_token_seen (digest, expires_at)
  SELECT * FROM unnest($1::text[], $2::timestamptz[]) ON CONFLICT DO NOTHING RETURNING digest`;
const LARGEST_BATCH = 500;

export function createReplayStore(database: Database): ReplayStore {
  let waiting: Claim[] = [];
  let isWriting = false;

  async function write(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, LARGEST_BATCH);
      waiting = waiting.slice(LARGEST_BATCH);
      await writeBatch(database, batch);
    }
    isWriting = false;
  }

  return {
    claim(issuer, jti, expiresAt) {
      const digest = createHash('sha256')
        .update(JSON.stringify([issuer, jti]))
        .digest('base64url');
      return new Promise((resolve, reject) => {
        waiting.push({ digest, expiresAt: expiresAt.toISOString(), resolve, reject });
        if (!isWriting) void write();
      });
    },
    async purgeExpired(now) {
      const { rowCount } = await database.query('DELETE FROM caller_token_seen WHERE expires_at < $1', [
        now.toISOString(),
      ]);
      return rowCount;
    },
  };
}

/** Never throws: every claim of the batch hears for itself. Of equal claims in one batch the first is the new one. */
async function writeBatch(database: Database, batch: readonly Claim[]): Promise<void> {
  const first = new Map<string, Claim>();
  for (const claim of batch) if (!first.has(claim.digest)) first.set(claim.digest, claim);
  const unique = [...first.values()];
  try {
    const { rows } = await database.query<{ digest: string }>(INSERT, [
      unique.map((claim) => claim.digest),
      unique.map((claim) => claim.expiresAt),
    ]);
    const isNew = new Set(rows.map((row) => row.digest));
    for (const claim of batch) claim.resolve(isNew.has(claim.digest) && first.get(claim.digest) === claim);
  } catch (error) {
    for (const claim of batch) claim.reject(error);
  }
}
