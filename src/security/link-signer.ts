/**
 * Links from a card to the evidence page: they open one assessment of one patient, for a short time, and say which hook
 * call they were handed out in, so that a view can be audited. HMAC-SHA-256 with our own secret; no name or identifier
 * of a person is in the address: the patient is in it as an HMAC, compared once the assessment says whom it is about.
 * Whoever holds the link may open it until it expires: hence the short life.
 */
import { Fault } from '../errors.ts';
import { createLinkSeal, isText, SEAL, type LinkSealOptions } from './link-seal.ts';

export interface EvidenceGrant {
  /** 64 hex characters. */
  readonly assessmentKey: string;
  readonly hookInstance: string;
  /** FHIR id of the patient the card is about. */
  readonly patientId: string;
}

/** What a link says again when it is used. */
export interface LinkGrant {
  readonly assessmentKey: string;
  readonly hookInstance: string;
  /** The patient, unreadable; another one in every hook call. */
  readonly patientCover: string;
  readonly isPatient: (patientId: string) => boolean;
}

export interface LinkSignerOptions extends Omit<LinkSealOptions, 'purpose'> {
  /** Public base address. */
  readonly publicUrl: string;
}

export type LinkVerdict =
  | { readonly kind: 'granted'; readonly grant: LinkGrant; readonly expiresAt: Date }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'expired' | 'signature-invalid' };

export interface LinkSigner {
  /** Absolute address `{publicUrl}/evidence/{key}?expires=…&hook=…&patient=…&signature=…`. */
  sign(grant: EvidenceGrant): string;
  /** Judges path parameter and query of an incoming request; never throws. */
  verify(assessmentKey: string, query: Readonly<Record<string, unknown>>): LinkVerdict;
}

const KEY = /^[0-9a-f]{64}$/;
const HOOK = /^[0-9A-Fa-f-]{36}$/;
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;
const malformed: LinkVerdict = { kind: 'refused', reason: 'malformed' };

/** Throws Fault `config-invalid` for a missing or short secret. */
export function createLinkSigner(options: LinkSignerOptions): LinkSigner {
  // v1 named no patient: its links are refused.
  const seal = createLinkSeal({ purpose: 'evidence/v2', ...options });
  const base = options.publicUrl.replace(/\/+$/, '');
  return {
    sign({ assessmentKey, hookInstance, patientId }) {
      if (!KEY.test(assessmentKey) || !HOOK.test(hookInstance) || !FHIR_ID.test(patientId)) {
        throw new Fault('internal', 'Nothing to link to');
      }
      const patient = seal.cover([assessmentKey, hookInstance, patientId]);
      const { expires, signature } = seal.close([assessmentKey, hookInstance, patient]);
      const query = new URLSearchParams({ expires, hook: hookInstance, patient, signature });
      return `${base}/evidence/${assessmentKey}?${query.toString()}`;
    },
    verify(assessmentKey, { expires, hook, patient, signature }) {
      if (!KEY.test(assessmentKey) || !isText(hook, HOOK) || !isText(patient, SEAL)) return malformed;
      const verdict = seal.judge([assessmentKey, hook, patient], { expires, signature });
      if (verdict.kind === 'refused') return verdict;
      const isPatient = (patientId: string) => seal.isCover(patient, [assessmentKey, hook, patientId]);
      const grant = { assessmentKey, hookInstance: hook, patientCover: patient, isPatient };
      return { kind: 'granted', grant, expiresAt: verdict.expiresAt };
    },
  };
}
