/**
 * Code to context: token exchange with the PKCE verifier (oauth4webapi), claims of the id_token by the same library,
 * its signature by jose against the EHR's published keys. The tokens are dropped here: the evidence is read with our
 * own, so that nothing of the EHR's is worth stealing.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  AuthorizationResponseError,
  clockSkew,
  clockTolerance,
  customFetch,
  getValidatedIdTokenClaims,
  OperationProcessingError,
  processAuthorizationCodeResponse,
  ResponseBodyError,
  validateAuthResponse,
  WWWAuthenticateChallengeError,
  type Client,
} from 'oauth4webapi';
import { createRemoteJWKSet, errors as joseErrors, jwtVerify, customFetch as joseFetch } from 'jose';
import { fetchFromEhr } from './ehr-fetch.ts';
import { chooseClientAuthentication, type AssertionKey } from './client-authentication.ts';
import { readLaunchContext, type LaunchContext } from './launch-context.ts';
import type { PendingLaunch } from './launch-store.ts';
import { refuse, type LaunchRefusal, type Refused } from './launch-refusal.ts';
import { ID_TOKEN_ALGORITHMS, type EhrEndpoints } from './smart-configuration.ts';
import type { TrustedEhr } from './trusted-ehr.ts';

export interface CodeExchange {
  readonly ehr: TrustedEhr;
  readonly endpoints: EhrEndpoints;
  /** Query of the callback. */
  readonly answer: URLSearchParams;
  readonly state: string;
  readonly launch: PendingLaunch;
  readonly redirectUri: string;
  readonly key: AssertionKey | undefined;
  readonly now: () => Date;
}

export type ExchangeResult = { readonly kind: 'context'; readonly context: LaunchContext } | (Refused & Cause);
interface Cause {
  /** For the log: the library's word for it; holds no token. */
  readonly cause?: string;
}

const CLOCK_TOLERANCE_S = 30;

export async function exchangeCode(exchange: CodeExchange): Promise<ExchangeResult> {
  try {
    const { answer, claims } = await readTokens(exchange);
    const context = readLaunchContext(answer, claims, exchange.ehr.iss);
    return 'kind' in context ? context : { kind: 'context', context };
  } catch (error) {
    return { ...refuse(judgeFailure(error)), cause: error instanceof Error ? error.name : 'unknown' };
  }
}

async function readTokens(exchange: CodeExchange): Promise<{ answer: unknown; claims: unknown }> {
  const { ehr, endpoints, launch, now } = exchange;
  const client: Client = {
    client_id: ehr.clientId,
    [clockSkew]: Math.round((now().getTime() - Date.now()) / 1000),
    [clockTolerance]: CLOCK_TOLERANCE_S,
  };
  const callback = validateAuthResponse(endpoints, client, exchange.answer, exchange.state);
  const response = await authorizationCodeGrantRequest(
    endpoints,
    client,
    chooseClientAuthentication(ehr, exchange.key),
    callback,
    exchange.redirectUri,
    launch.codeVerifier,
    // Http endpoints got this far on loopback only (trusted-ehr.ts).
    { [customFetch]: fetchFromEhr, [allowInsecureRequests]: true },
  );
  const answer = await processAuthorizationCodeResponse(endpoints, client, response, {
    expectedNonce: launch.nonce,
    requireIdToken: true,
  });
  await verifySignature(String(answer.id_token), exchange);
  return { answer, claims: getValidatedIdTokenClaims(answer) };
}

/** Claims are looked at twice, by two libraries: they cost nothing and a token that one lets pass is still refused. */
async function verifySignature(idToken: string, { ehr, endpoints, now }: CodeExchange): Promise<void> {
  const keys = createRemoteJWKSet(new URL(endpoints.jwks_uri), { [joseFetch]: fetchFromEhr });
  await jwtVerify(idToken, keys, {
    issuer: endpoints.issuer,
    audience: ehr.clientId,
    algorithms: ID_TOKEN_ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: now(),
    requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
  });
}

/** Whose fault it was, by the kind of error alone: texts may repeat what was sent. */
function judgeFailure(error: unknown): LaunchRefusal {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return 'ehr-refused';
  if (error instanceof WWWAuthenticateChallengeError) return 'ehr-refused';
  if (error instanceof OperationProcessingError) {
    // An answer that is no OAuth answer is an outage; one with a wrong token is a wrong identity.
    return error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || error.code === 'OAUTH_RESPONSE_IS_NOT_JSON'
      ? 'ehr-unavailable'
      : 'identity-invalid';
  }
  // ERR_JOSE_GENERIC: the keys could not be fetched.
  const isJudgement = error instanceof joseErrors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
  return isJudgement && !(error instanceof joseErrors.JWKSTimeout) ? 'identity-invalid' : 'ehr-unavailable';
}
