/**
 * Links from a card to the evidence page: they open one assessment, for a short time, and say which hook call they
 * were handed out in, so that a view can be audited. HMAC-SHA-256 with our own secret; no name or identifier of a
 * person is in the address. Whoever holds the link may open it until it expires: hence the short life.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '../errors.ts';

export interface EvidenceGrant {
  /** 64 hex characters. */
  readonly assessmentKey: string;
  readonly hookInstance: string;
}

export interface LinkSignerOptions {
  /** Public base address. */
  readonly publicUrl: string;
  /** First signs, all verify: put a new one in front to rotate. At least 32 bytes each. */
  readonly secrets: readonly string[];
  readonly lifetimeMs: number;
  readonly now: () => Date;
}

export type LinkVerdict =
  | { readonly kind: 'granted'; readonly grant: EvidenceGrant; readonly expiresAt: Date }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };

export interface LinkSigner {
  /** Absolute address `{publicUrl}/evidence/{key}?expires=…&hook=…&signature=…`. */
  sign(grant: EvidenceGrant): string;
  /** Judges path parameter and query of an incoming request; never throws. */
  verify(assessmentKey: string, query: Readonly<Record<string, unknown>>): LinkVerdict;
}

const KEY = /^[0-9a-f]{64}$/;
const HOOK = /^[0-9A-Fa-f-]{36}$/;
const MINIMUM_SECRET_BYTES = 32;

/** Throws Fault `config-invalid` for a missing or short secret. */
export function createLinkSigner(options: LinkSignerOptions): LinkSigner {
  const [current, ...older] = options.secrets;
  if (current === undefined || options.secrets.some((one) => Buffer.byteLength(one) < MINIMUM_SECRET_BYTES)) {
    throw new Fault('config-invalid', 'Link secrets must have at least 32 bytes');
  }
  const base = options.publicUrl.replace(/\/+$/, '');
  return {
    sign({ assessmentKey, hookInstance }) {
      if (!KEY.test(assessmentKey) || !HOOK.test(hookInstance)) throw new Fault('internal', 'Nothing to link to');
      const expires = String(Math.floor((options.now().getTime() + options.lifetimeMs) / 1000));
      const signature = computeSignature(current, assessmentKey, hookInstance, expires).toString('base64url');
      const query = new URLSearchParams({ expires, hook: hookInstance, signature });
      return `${base}/evidence/${assessmentKey}?${query.toString()}`;
    },
    verify(assessmentKey, { expires, hook, signature }) {
      if (!isText(expires, /^\d{1,12}$/) || !isText(hook, HOOK) || !isText(signature, /^[\w-]{43}$/)) return malformed;
      if (!KEY.test(assessmentKey)) return malformed;
      const given = Buffer.from(signature, 'base64url');
      const isOurs = [current, ...older].some((secret) =>
        timingSafeEqual(given, computeSignature(secret, assessmentKey, hook, expires)),
      );
      if (!isOurs) return { kind: 'refused', reason: 'signature-invalid' };
      const expiresAt = new Date(Number(expires) * 1000);
      if (expiresAt <= options.now()) return { kind: 'refused', reason: 'expired' };
      return { kind: 'granted', grant: { assessmentKey, hookInstance: hook }, expiresAt };
    },
  };
}

const malformed: LinkVerdict = { kind: 'refused', reason: 'malformed' };

function isText(value: unknown, shape: RegExp): value is string {
  return typeof value === 'string' && shape.test(value);
}

/** Fields are fixed in form, so a newline between them cannot be forged into another meaning. */
function computeSignature(secret: string, key: string, hook: string, expires: string): Buffer {
  return createHmac('sha256', secret).update(`evidence/v1\n${key}\n${hook}\n${expires}`).digest();
}
