/**
 * Launches under way and sessions, in the database that replicas share: the callback may reach another replica than
 * the launch did. A state is taken by deleting it, so it opens once, whoever asks at the same moment.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../storage/database.ts';

const pendingLaunch = z.object({
  iss: z.string(),
  codeVerifier: z.string(),
  nonce: z.string(),
  browserDigest: z.string(),
});

/** What has to be known again when the browser comes back from the EHR. */
export type PendingLaunch = z.infer<typeof pendingLaunch>;

const sessionBody = z.object({
  patientId: z.string(),
  userId: z.string(),
  encounterId: z.string().optional(),
  assessmentKey: z.string(),
  hookInstance: z.string().optional(),
  /** Of the user, as the id_token says it (BCP 47). */
  locale: z.string().optional(),
});

/** Who looks at what: nothing of the EHR's tokens is kept. */
export type SessionBody = z.infer<typeof sessionBody>;

export interface StoredSession {
  readonly body: SessionBody;
  readonly secretDigest: string;
  readonly expiresAt: Date;
}

export interface LaunchStore {
  begin(state: string, launch: PendingLaunch, expiresAt: Date): Promise<void>;
  /** Once; undefined where the state is unknown, used or expired. */
  take(state: string): Promise<PendingLaunch | undefined>;
  open(id: string, session: StoredSession): Promise<void>;
  find(id: string): Promise<StoredSession | undefined>;
}

/** Kept beyond its end, so that a page left open hears "ended" and not "unknown". */
const KEEP_ENDED_MS = 24 * 3_600_000;

export function createLaunchStore(database: Database, now: () => Date): LaunchStore {
  return {
    async begin(state, launch, expiresAt) {
      await database.query('DELETE FROM smart_launch WHERE expires_at < $1', [now().toISOString()]);
      await database.query('INSERT INTO smart_launch (state_digest, body, expires_at) VALUES ($1, $2, $3)', [
        digestSecret(state),
        JSON.stringify(launch),
        expiresAt.toISOString(),
      ]);
    },
    async take(state) {
      const { rows } = await database.query<{ body: unknown; expires_at: Date | string }>(
        'DELETE FROM smart_launch WHERE state_digest = $1 RETURNING body, expires_at',
        [digestSecret(state)],
      );
      const [row] = rows;
      return row && new Date(row.expires_at) > now() ? pendingLaunch.parse(row.body) : undefined;
    },
    async open(id, { body, secretDigest, expiresAt }) {
      const longAgo = new Date(now().getTime() - KEEP_ENDED_MS).toISOString();
      await database.query('DELETE FROM smart_session WHERE expires_at < $1', [longAgo]);
      await database.query('INSERT INTO smart_session (id, secret_digest, body, expires_at) VALUES ($1, $2, $3, $4)', [
        id,
        secretDigest,
        JSON.stringify(body),
        expiresAt.toISOString(),
      ]);
    },
    async find(id) {
      const { rows } = await database.query<{ secret_digest: string; body: unknown; expires_at: Date | string }>(
        'SELECT secret_digest, body, expires_at FROM smart_session WHERE id = $1',
        [id],
      );
      const [row] = rows;
      return (
        row && {
          body: sessionBody.parse(row.body),
          secretDigest: row.secret_digest,
          expiresAt: new Date(row.expires_at),
        }
      );
    },
  };
}

/** States and secrets are 256 random bits: a plain digest is enough. */
export function digestSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
