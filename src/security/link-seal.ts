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
  /** A value that stands for the fields without telling them: it is compared, never read back. */
  cover(fields: readonly string[]): string;
  isCover(cover: string, fields: readonly string[]): boolean;
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
/** SHA-256 in base64url. */
export const SEAL = /^[\w-]{43}$/;
/** In the place of an end, and no end: a cover never passes for a signature. */
const COVER = 'cover';

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
  const isOurs = (given: Buffer, fields: readonly string[], expires: string): boolean =>
    [current, ...older].some((secret) => timingSafeEqual(given, compute(secret, fields, expires)));
  return {
    cover: (fields) => compute(current, fields, COVER).toString('base64url'),
    isCover: (cover, fields) => isText(cover, SEAL) && isOurs(Buffer.from(cover, 'base64url'), fields, COVER),
    close(fields) {
      const expires = String(Math.floor((now().getTime() + lifetimeMs) / 1000));
      return { expires, signature: compute(current, fields, expires).toString('base64url') };
    },
    judge(fields, { expires, signature }) {
      if (!isText(expires, /^\d{1,12}$/) || !isText(signature, SEAL)) {
        return { kind: 'refused', reason: 'malformed' };
      }
      if (!isOurs(Buffer.from(signature, 'base64url'), fields, expires)) {
        return { kind: 'refused', reason: 'signature-invalid' };
      }
      const expiresAt = new Date(Number(expires) * 1000);
      return expiresAt <= now() ? { kind: 'refused', reason: 'expired' } : { kind: 'genuine', expiresAt };
    },
  };
}

export function isText(value: unknown, shape: RegExp): value is string {
  return typeof value === 'string' && shape.test(value);
}
