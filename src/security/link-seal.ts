/**
 * What our links have in common: HMAC-SHA-256 over fields of a fixed form and an end, under a purpose, so that a link
 * of one kind never opens what another kind is for.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '../errors.ts';

export interface LinkSealOptions {
  /** `evidence/v1`. */
  readonly purpose: string;
  /** First signs, all verify: put a new one in front to rotate. At least 32 bytes each. */
  readonly secrets: readonly string[];
  readonly lifetimeMs: number;
  readonly now: () => Date;
}

export interface LinkSeal {
  /** The fields must not hold a newline: their form is the caller's to check. */
  close(fields: readonly string[]): { readonly expires: string; readonly signature: string };
  /** Judges what came with a request; never throws. */
  judge(
    fields: readonly string[],
    seal: { readonly expires: unknown; readonly signature: unknown },
  ):
    | { readonly kind: 'genuine'; readonly expiresAt: Date }
    | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };
}

const MINIMUM_SECRET_BYTES = 32;

/** Throws Fault `config-invalid` for a missing or short secret. */
export function createLinkSeal({ purpose, secrets, lifetimeMs, now }: LinkSealOptions): LinkSeal {
  const [current, ...older] = secrets;
  if (current === undefined || secrets.some((one) => Buffer.byteLength(one) < MINIMUM_SECRET_BYTES)) {
    throw new Fault('config-invalid', 'Link secrets must have at least 32 bytes');
  }
  const compute = (secret: string, fields: readonly string[], expires: string): Buffer =>
    createHmac('sha256', secret)
      .update([purpose, ...fields, expires].join('\n'))
      .digest();
  return {
    close(fields) {
      const expires = String(Math.floor((now().getTime() + lifetimeMs) / 1000));
      return { expires, signature: compute(current, fields, expires).toString('base64url') };
    },
    judge(fields, { expires, signature }) {
      if (!isText(expires, /^\d{1,12}$/) || !isText(signature, /^[\w-]{43}$/)) {
        return { kind: 'refused', reason: 'malformed' };
      }
      const given = Buffer.from(signature, 'base64url');
      const isOurs = [current, ...older].some((secret) => timingSafeEqual(given, compute(secret, fields, expires)));
      if (!isOurs) return { kind: 'refused', reason: 'signature-invalid' };
      const expiresAt = new Date(Number(expires) * 1000);
      return expiresAt <= now() ? { kind: 'refused', reason: 'expired' } : { kind: 'genuine', expiresAt };
    },
  };
}

export function isText(value: unknown, shape: RegExp): value is string {
  return typeof value === 'string' && shape.test(value);
}
