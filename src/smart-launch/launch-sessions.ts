/**
 * A session: one user of the EHR looks at one assessment of one patient, for a short time. The address carries the
 * session's public name, the cookie its secret; the database holds what it may open. It is never prolonged.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { BrowserCookies } from './browser-cookies.ts';
import { digestSecret, type LaunchStore, type SessionBody } from './launch-store.ts';

export type SessionVerdict =
  | {
      readonly kind: 'granted';
      readonly grant: SessionBody & { readonly session: string };
      readonly expiresAt: Date;
    }
  | { readonly kind: 'refused'; readonly reason: 'session-expired' };

export interface LaunchSessions {
  /** Sets the cookie; returns the session's public name, for `?session=`. */
  open(response: Response, body: SessionBody): Promise<string>;
  /** Judges an incoming request for one assessment. */
  verify(assessmentKey: string, request: Pick<Request, 'query' | 'headers'>): Promise<SessionVerdict>;
}

export interface LaunchSessionsOptions {
  readonly store: LaunchStore;
  readonly cookies: BrowserCookies;
  readonly lifetimeMs: number;
  readonly now: () => Date;
}

const NAME = /^[A-Za-z0-9_-]{16}$/;
const refused: SessionVerdict = { kind: 'refused', reason: 'session-expired' };

export function createLaunchSessions(options: LaunchSessionsOptions): LaunchSessions {
  const { store, cookies, lifetimeMs, now } = options;
  return {
    async open(response, body) {
      const [session, secret] = [randomBytes(12).toString('base64url'), randomBytes(32).toString('base64url')];
      const expiresAt = new Date(now().getTime() + lifetimeMs);
      await store.open(session, { body, secretDigest: digestSecret(secret), expiresAt });
      cookies.set(response, toCookieName(session), secret, lifetimeMs);
      return session;
    },
    async verify(assessmentKey, request) {
      const { session } = request.query;
      if (typeof session !== 'string' || !NAME.test(session)) return refused;
      const secret = cookies.read(request, toCookieName(session));
      const stored = secret === undefined ? undefined : await store.find(session);
      if (secret === undefined || !stored || !isEqual(digestSecret(secret), stored.secretDigest)) return refused;
      if (stored.expiresAt <= now() || stored.body.assessmentKey !== assessmentKey) return refused;
      return { kind: 'granted', grant: { ...stored.body, session }, expiresAt: stored.expiresAt };
    },
  };
}

function toCookieName(session: string): string {
  return `evidence-${session}`;
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
