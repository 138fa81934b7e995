/**
 * Claims that replicas share: the database's primary key decides, so two replicas that see the same token in the same
 * millisecond cannot both accept it. Claims that arrive while one statement is under way go together in the next:
 * under load one round trip serves many callers.
 */
import type { Database } from '../storage/database.ts';
import { insertDigests, type SeenDigest } from './digest-table.ts';
import type { Claims } from './claims.ts';

interface WaitingClaim extends SeenDigest {
  readonly resolve: (isNew: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const LARGEST_BATCH = 500;

export function createSharedClaims(database: Database): Claims {
  let waiting: WaitingClaim[] = [];
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
    claim: (digest, expiresAt) =>
      new Promise((resolve, reject) => {
        waiting.push({ digest, expiresAt, resolve, reject });
        if (!isWriting) void write();
      }),
    forgetExpired: () => undefined,
  };
}

/** Never throws: every claim of the batch hears for itself. Of equal claims in one batch the first is the new one. */
async function writeBatch(database: Database, batch: readonly WaitingClaim[]): Promise<void> {
  const first = new Map<string, WaitingClaim>();
  for (const claim of batch) if (!first.has(claim.digest)) first.set(claim.digest, claim);
  try {
    const isNew = await insertDigests(database, [...first.values()]);
    for (const claim of batch) claim.resolve(isNew.has(claim.digest) && first.get(claim.digest) === claim);
  } catch (error) {
    for (const claim of batch) claim.reject(error);
  }
}
