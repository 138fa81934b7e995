/**
 * Where an EHR authorizes (SMART App Launch 2.2, Conformance: `[base]/.well-known/smart-configuration`), read from
 * listed EHRs only and remembered for ten minutes. What it names must be TLS as well.
 */
import type { AuthorizationServer } from 'oauth4webapi';
import { z } from 'zod';
import { fetchFromEhr } from './ehr-fetch.ts';
import { isSafeEndpoint, type TrustedEhr } from './trusted-ehr.ts';

/** Asymmetric only: with HMAC the client's own secret would make an identity. */
export const ID_TOKEN_ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384'];

const safeEndpoint = z.string().refine(isSafeEndpoint);
const smartConfiguration = z.looseObject({
  issuer: z.string().optional(),
  authorization_endpoint: safeEndpoint,
  token_endpoint: safeEndpoint,
  jwks_uri: safeEndpoint,
});

export type EhrEndpoints = AuthorizationServer & {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
};

const KEEP_MS = 10 * 60_000;

/** Undefined where the EHR cannot be asked or answers with something else. */
export type EndpointFinder = (ehr: TrustedEhr) => Promise<EhrEndpoints | undefined>;

export function createEndpointFinder(now: () => Date): EndpointFinder {
  const known = new Map<string, { readonly endpoints: EhrEndpoints; readonly readAt: number }>();
  return async (ehr) => {
    const remembered = known.get(ehr.iss);
    if (remembered && now().getTime() - remembered.readAt < KEEP_MS) return remembered.endpoints;
    const endpoints = await readEndpoints(ehr);
    if (endpoints) known.set(ehr.iss, { endpoints, readAt: now().getTime() });
    return endpoints;
  };
}

async function readEndpoints(ehr: TrustedEhr): Promise<EhrEndpoints | undefined> {
  try {
    const response = await fetchFromEhr(`${ehr.iss}/.well-known/smart-configuration`, {
      headers: { accept: 'application/json' },
    });
    if (response.status !== 200) return undefined;
    const { issuer, authorization_endpoint, token_endpoint, jwks_uri } = smartConfiguration.parse(
      await response.json(),
    );
    return {
      issuer: ehr.issuer ?? issuer ?? ehr.iss,
      authorization_endpoint,
      token_endpoint,
      jwks_uri,
      id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS,
    };
  } catch {
    return undefined;
  }
}
