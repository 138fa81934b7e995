/**
 * What a decision support service is to this room: definitions for discovery and one function. It knows the
 * caller only as far as it was verified, and it must answer before the signal aborts.
 */
import type { Coding } from './coding.ts';
import type { ServiceDefinition } from './discovery-schema.ts';
import type { CdsRequest } from './request-schema.ts';
import type { Card, SystemAction } from './response-schema.ts';
import type { IssuedCard } from '../assessment/domain/ports.ts';

export type { Card, CdsRequest, Coding, ServiceDefinition, SystemAction };

/** Who calls, as proven by the token; without verification (sandbox) the issuer is `sandbox`. */
export interface CdsCaller {
  readonly issuer: string;
  readonly tenant?: string;
  /** FHIR base addresses this caller may name in a request; anything else is refused (SSRF, wrong patient). */
  readonly fhirServers: readonly string[];
}

/** What a verifier looks at. `url` is the public address of the very endpoint called: the token's `aud`. */
export interface CallToVerify {
  readonly authorization: string | undefined;
  readonly url: string;
  readonly remoteAddress: string | undefined;
  readonly host: string | undefined;
}

/** security/: throws Fault `caller-unverified` without detail; why goes to its own log. */
export interface CallerVerifier {
  verify(call: CallToVerify): Promise<CdsCaller>;
}

/** security/: one more call by this caller. Throws Fault `rate-limited` with `retryAfterMs`. */
export interface CallRateLimit {
  take(callerKey: string): Promise<void>;
}

export interface CdsServiceContext {
  readonly signal: AbortSignal;
  readonly caller: CdsCaller;
  readonly receivedAt: Date;
}

export interface CdsServiceAnswer {
  readonly cards: readonly Card[];
  readonly systemActions?: readonly SystemAction[];
  /** One entry per decision taken, kept so that feedback can be tied to what was said. */
  readonly issued: readonly IssuedCard[];
  /** Whom the answer concerns, for the audit; absent when the call was none of the service's business. */
  readonly concerns?: {
    readonly patientId: string;
    readonly userId: string;
    readonly encounterId?: string;
    readonly orderId?: string;
    readonly assessmentKey?: string;
  };
}

export interface CdsService {
  readonly id: string;
  /** One per hook, all with this id: a later hook's cards replace an earlier hook's (Update stale guidance). */
  readonly definitions: readonly ServiceDefinition[];
  /** Throws Fault; anything else is answered as `internal`. */
  handle(request: CdsRequest, context: CdsServiceContext): Promise<CdsServiceAnswer>;
}
