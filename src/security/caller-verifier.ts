/**
 * Is this call from an EHR we trust? The checks stand in the order of the CDS Hooks best practices: issuer,
 * audience, expiry, tenant, signature, jti. Cheap comparisons with our own lists come before any key is looked
 * up, and nothing in a token decides where keys come from. Every refusal is the same 401.
 */
import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import { createIssuerKeys, KeysUnavailable, type KeyCacheOptions } from './issuer-keys.ts';
import type { RefusalReason } from './refusal-reason.ts';
import type { ReplayStore } from './replay-store.ts';
import { readClaims, readHeader, type CallerClaims, type CallerHeader } from './token-shape.ts';
import { ALLOWED_ALGORITHMS, requireTrustedIssuers, type TrustedIssuer } from './trusted-issuer.ts';

export interface VerifiedCaller {
  readonly issuer: string;
  readonly tenant?: string;
  readonly fhirServers: readonly string[];
}

export interface CallerVerifierOptions {
  readonly issuers: unknown;
  readonly replay: ReplayStore;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Difference between clocks that is forgiven, default 30 s. */
  readonly clockToleranceS?: number;
  /** Longest life of a token, exp - iat and age; default 3600 s (best practices: jti kept ≤ 1 h). */
  readonly maximumLifeS?: number;
  readonly keys?: Partial<KeyCacheOptions>;
  /** FHIR servers of issuers that name none of their own. Default none. */
  readonly fhirServers?: readonly string[];
}

export interface CallerVerifier {
  verify(call: { readonly authorization: string | undefined; readonly url: string }): Promise<VerifiedCaller>;
}

/** Beyond this no EHR's token goes; decoding megabytes before the first check would be a gift. */
const MAXIMUM_TOKEN_LENGTH = 8192;
const KEY_DEFAULTS = {
  cooldownMs: 30_000,
  maximumAgeMs: 600_000,
  maximumStaleMs: 3_600_000,
  timeoutMs: 3_000,
  maximumBytes: 262_144,
};

class Refusal extends Error {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason) {
    super(reason);
    this.reason = reason;
  }
}

/** Throws Fault `config-invalid` at once; `verify` throws Fault `caller-unverified`, or `storage-unavailable`. */
export function createCallerVerifier(options: CallerVerifierOptions): CallerVerifier {
  const keyOptions = { ...KEY_DEFAULTS, now: options.now, fetch: globalThis.fetch, ...options.keys };
  const trusted = new Map(
    requireTrustedIssuers(options.issuers).map((entry) => [
      entry.issuer,
      { entry, findKey: createIssuerKeys(entry, keyOptions) },
    ]),
  );
  const rules = { toleranceS: options.clockToleranceS ?? 30, maximumLifeS: options.maximumLifeS ?? 3600 };

  async function check(authorization: string | undefined, url: string): Promise<VerifiedCaller> {
    const { token, header, claims } = readToken(authorization);
    const known = trusted.get(claims.iss);
    if (known === undefined) throw new Refusal('issuer-not-allowed');
    requireClaims(claims, url, known.entry, options.now(), rules);
    requireJku(header, known.entry);
    await requireSignature(token, known.findKey, known.entry, options.now(), rules);
    const expiresAt = new Date((claims.exp + rules.toleranceS) * 1000);
    if (!(await options.replay.claim(claims.iss, claims.jti, expiresAt))) throw new Refusal('replayed');
    const { entry } = known;
    return {
      issuer: entry.issuer,
      fhirServers: entry.fhirServers ?? options.fhirServers ?? [],
      ...(claims.tenant === undefined ? {} : { tenant: claims.tenant }),
    };
  }

  return {
    async verify(call) {
      try {
        return await check(call.authorization, call.url);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.reason === 'keys-unavailable') options.logger.error('the keys of a trusted issuer cannot be read');
        throw new Fault('caller-unverified', 'Not authorized', { details: { refusal: error.reason } });
      }
    },
  };
}

interface ReadToken {
  readonly token: string;
  readonly header: CallerHeader;
  readonly claims: CallerClaims;
}

/** Unverified: good for comparisons only. */
function readToken(authorization: string | undefined): ReadToken {
  const token = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/i.exec(authorization ?? '')?.[1];
  if (authorization === undefined || authorization === '') throw new Refusal('token-missing');
  if (token === undefined || token.length > MAXIMUM_TOKEN_LENGTH) throw new Refusal('token-malformed');
  const [head = '', body = ''] = token.split('.');
  const fields = decodePart(head);
  if (!ALLOWED_ALGORITHMS.some((allowed) => allowed === fields['alg'])) throw new Refusal('algorithm-not-allowed');
  const header = readHeader(fields);
  if (header === undefined) throw new Refusal('header-incomplete');
  const claims = readClaims(decodePart(body));
  if (claims === undefined) throw new Refusal('claims-incomplete');
  return { token, header, claims };
}

/** One part as an object. jose reads the same bytes again when it verifies; both use JSON.parse. */
function decodePart(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through: what is no JSON is as worthless as what is no object.
  }
  throw new Refusal('token-malformed');
}

function requireClaims(
  claims: CallerClaims,
  url: string,
  issuer: TrustedIssuer,
  now: Date,
  rules: { readonly toleranceS: number; readonly maximumLifeS: number },
): void {
  const nowS = now.getTime() / 1000;
  if (![claims.aud].flat().includes(url)) throw new Refusal('audience-mismatch');
  if (claims.exp <= nowS - rules.toleranceS) throw new Refusal('expired');
  if (claims.iat > nowS + rules.toleranceS) throw new Refusal('issued-in-future');
  if (claims.nbf !== undefined && claims.nbf > nowS + rules.toleranceS) throw new Refusal('not-yet-valid');
  if (claims.exp - claims.iat > rules.maximumLifeS) throw new Refusal('lifetime-too-long');
  if (issuer.tenants !== undefined && !issuer.tenants.includes(claims.tenant ?? '')) {
    throw new Refusal('tenant-not-allowed');
  }
}

/** A token may repeat where its issuer's keys are, and may not say anything else about it. */
function requireJku(header: CallerHeader, issuer: TrustedIssuer): void {
  if (header.jku !== undefined && header.jku !== (issuer.jwksUrl ?? issuer.jku)) throw new Refusal('jku-not-allowed');
}

async function requireSignature(
  token: string,
  findKey: JWTVerifyGetKey,
  issuer: TrustedIssuer,
  now: Date,
  rules: { readonly toleranceS: number },
): Promise<void> {
  try {
    await jwtVerify(token, findKey, {
      algorithms: [...(issuer.algorithms ?? ALLOWED_ALGORITHMS)],
      typ: 'JWT',
      issuer: issuer.issuer,
      clockTolerance: rules.toleranceS,
      currentDate: now,
    });
  } catch (error) {
    throw new Refusal(toReason(error));
  }
}

function toReason(error: unknown): RefusalReason {
  if (error instanceof KeysUnavailable) return 'keys-unavailable';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'key-unknown';
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm-not-allowed';
  return 'signature-invalid';
}
