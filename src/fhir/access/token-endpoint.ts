/**
 * Asks a token endpoint for a token of our own: SMART Backend Services (private_key_jwt) or a client secret
 * (Medplum's client credentials). Source: SMART App Launch 2.2, Backend Services; RFC 6749 4.4; RFC 7523.
 */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Fault, isFault } from '../../errors.ts';
import { createRefreshingTokens } from './access-tokens.ts';
import type { AccessTokens, GrantedToken } from './access-tokens.ts';
import { waitAsked } from './response-fault.ts';
import type { SigningKeys } from './signing-keys.ts';

interface TokenEndpointOptions {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope?: string;
  /** ms since the epoch. */
  readonly now?: () => number;
  readonly refreshBeforeMs?: number;
  readonly timeoutMs?: number;
  readonly logger: Logger;
}

/** "no more than five minutes in the future" (SMART App Launch 2.2, client-confidential-asymmetric). */
const ASSERTION_LIFE_S = 240;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_TOKEN_LIFE_S = 300;
const REFUSED_RETRY_MS = 60_000;
const LONGEST_ANSWER = 64 * 1024;

const grantSchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().optional(),
});

/** private_key_jwt: every request carries a fresh assertion signed by the active key. */
export function createBackendServicesTokens(
  options: TokenEndpointOptions & { readonly keys: SigningKeys },
): AccessTokens {
  const now = options.now ?? Date.now;
  const { active } = options.keys;
  const signAssertion = (): Promise<string> => {
    const issuedAt = Math.floor(now() / 1000);
    return new SignJWT({})
      .setProtectedHeader({ alg: active.alg, kid: active.kid, typ: 'JWT' })
      .setIssuer(options.clientId)
      .setSubject(options.clientId)
      .setAudience(options.tokenUrl)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ASSERTION_LIFE_S)
      .setJti(randomUUID())
      .sign(active.key);
  };
  return createTokens(options, async () => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(),
  }));
}

/** client_credentials with a secret in the form body, as Medplum takes it. */
export function createClientCredentialsTokens(
  options: TokenEndpointOptions & { readonly clientSecret: string },
): AccessTokens {
  return createTokens(options, () =>
    Promise.resolve({ client_id: options.clientId, client_secret: options.clientSecret }),
  );
}

function createTokens(
  options: TokenEndpointOptions,
  authenticate: () => Promise<Record<string, string>>,
): AccessTokens {
  const now = options.now ?? Date.now;
  return createRefreshingTokens({
    now,
    logger: options.logger,
    ...(options.refreshBeforeMs === undefined ? {} : { refreshBeforeMs: options.refreshBeforeMs }),
    grant: async () => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        ...(options.scope === undefined ? {} : { scope: options.scope }),
        ...(await authenticate()),
      });
      const askedAt = now();
      return toGranted(await ask(options, form, now), askedAt);
    },
  });
}

async function ask(options: TokenEndpointOptions, form: URLSearchParams, now: () => number): Promise<string> {
  try {
    const response = await fetch(options.tokenUrl, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: form,
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok && text.length <= LONGEST_ANSWER) return text;
    throw toTokenFault(response, now());
  } catch (error) {
    if (isFault(error)) throw error;
    throw new Fault('fhir-unavailable', 'The token endpoint could not be reached', { cause: error, retryable: true });
  }
}

/** RFC 6749 5.2: 400/401 mean that we are not accepted; the answer's text may repeat what we sent and is dropped. */
function toTokenFault(response: Response, now: number): Fault {
  const details = { status: response.status };
  if (response.status === 429 || response.status >= 500) {
    const waitMs = waitAsked(response.headers, now);
    return new Fault('fhir-unavailable', 'The token endpoint failed', {
      retryable: true,
      details,
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    });
  }
  return new Fault('fhir-refused', 'The token endpoint refused our credentials', {
    retryable: true,
    retryAfterMs: REFUSED_RETRY_MS,
    details,
  });
}

function toGranted(text: string, askedAt: number): GrantedToken {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const grant = grantSchema.safeParse(value);
  if (!grant.success) {
    throw new Fault('fhir-unavailable', 'The token endpoint answered with something else', { retryable: true });
  }
  const lifeMs = (grant.data.expires_in ?? DEFAULT_TOKEN_LIFE_S) * 1000;
  return { accessToken: grant.data.access_token, expiresAt: askedAt + lifeMs };
}
