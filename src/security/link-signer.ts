/**
 * Links from a card to the evidence page: they open one assessment, for a short time, and say which hook call they
 * were handed out in, so that a view can be audited. HMAC-SHA-256 with our own secret; no name or identifier of a
 * person is in the address. Whoever holds the link may open it until it expires: hence the short life.
 */
import { Fault } from '../errors.ts';
import { createLinkSeal, isText, type LinkSealOptions } from './link-seal.ts';

export interface EvidenceGrant {
  /** 64 hex characters. */
  readonly assessmentKey: string;
  readonly hookInstance: string;
}

export interface LinkSignerOptions extends Omit<LinkSealOptions, 'purpose'> {
  /** Public base address. */
  readonly publicUrl: string;
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
const malformed: LinkVerdict = { kind: 'refused', reason: 'malformed' };

/** Throws Fault `config-invalid` for a missing or short secret. */
export function createLinkSigner(options: LinkSignerOptions): LinkSigner {
  const seal = createLinkSeal({ purpose: 'evidence/v1', ...options });
  const base = options.publicUrl.replace(/\/+$/, '');
  return {
    sign({ assessmentKey, hookInstance }) {
      if (!KEY.test(assessmentKey) || !HOOK.test(hookInstance)) throw new Fault('internal', 'Nothing to link to');
      const { expires, signature } = seal.close([assessmentKey, hookInstance]);
      const query = new URLSearchParams({ expires, hook: hookInstance, signature });
      return `${base}/evidence/${assessmentKey}?${query.toString()}`;
    },
    verify(assessmentKey, { expires, hook, signature }) {
      if (!KEY.test(assessmentKey) || !isText(hook, HOOK)) return malformed;
      const verdict = seal.judge([assessmentKey, hook], { expires, signature });
      if (verdict.kind === 'refused') return verdict;
      return { kind: 'granted', grant: { assessmentKey, hookInstance: hook }, expiresAt: verdict.expiresAt };
    },
  };
}
