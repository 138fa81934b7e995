/**
 * A token counts once (`jti`, CDS Hooks 2.0, Trusting CDS Clients), in every replica together: the database's
 * primary key decides, so two replicas that see the same token in the same millisecond cannot both accept it.
 * Only a digest of issuer and jti is kept, until the token would have expired anyway.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../storage/database.ts';

export interface ReplayStore {
  /** True the first time; false when this issuer's jti was seen before. Throws Fault `storage-unavailable`. */
  claim(issuer: string, jti: string, expiresAt: Date): Promise<boolean>;
  /** Removes what has expired; how many. */
  purgeExpired(now: Date): Promise<number>;
}

export function createReplayStore(database: Database): ReplayStore {
  return {
    async claim(issuer, jti, expiresAt) {
      const digest = createHash('sha256')
        .update(JSON.stringify([issuer, jti]))
        .digest('base64url');
      const { rows } = await database.query(
        'INSERT INTO caller_token_seen (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING digest',
        [digest, expiresAt.toISOString()],
      );
      return rows.length === 1;
    },
    async purgeExpired(now) {
      const { rowCount } = await database.query('DELETE FROM caller_token_seen WHERE expires_at < $1', [
        now.toISOString(),
      ]);
      return rowCount;
    },
  };
}
