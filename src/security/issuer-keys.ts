/**
 * The keys of one issuer. A published set is cached, fetched once at a time, fetched again for an unknown kid only
 * after a cooldown, and after a failure not before another cooldown: a stranger's bad tokens cannot turn this
 * service into a load on the EHR's key server. jose does the caching; the pause after failures is ours.
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWK,
  type JWSHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import type { TrustedIssuer } from './trusted-issuer.ts';

export interface KeyCacheOptions {
  readonly cooldownMs: number;
  readonly maximumAgeMs: number;
  /** How long the last good set may stand in for one that cannot be fetched: a key server's outage is not ours. */
  readonly maximumStaleMs: number;
  readonly timeoutMs: number;
  readonly maximumBytes: number;
  readonly now: () => Date;
  readonly fetch: typeof globalThis.fetch;
}

/** The key set could not be had, as opposed to not holding the key. */
export class KeysUnavailable extends Error {
  constructor(cause: unknown) {
    super('The key set of this issuer cannot be read', { cause });
    this.name = 'KeysUnavailable';
  }
}

export function createIssuerKeys(issuer: TrustedIssuer, options: KeyCacheOptions): JWTVerifyGetKey {
  if (issuer.jwksUrl === undefined) return createLocalJWKSet({ keys: issuer.jwks?.keys.map(toJwk) ?? [] });
  const remote = createRemoteJWKSet(new URL(issuer.jwksUrl), {
    cooldownDuration: options.cooldownMs,
    cacheMaxAge: options.maximumAgeMs,
    timeoutDuration: options.timeoutMs,
    [customFetch]: createPausingFetch(options),
  });
  return async function findKey(header: JWSHeaderParameters, token) {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new KeysUnavailable(error);
    }
  };
}

/** The private part was ruled out by the schema; jose's type does not allow even its absence to be spelled out. */
function toJwk(key: object): JWK {
  return { ...key };
}

/**
 * Refuses to fetch during the cooldown after a failed fetch, reads no more than the set may weigh, and falls back on
 * the last good set for a limited time: a revoked key lives that much longer while its issuer cannot be reached.
 */
function createPausingFetch(options: KeyCacheOptions): FetchImplementation {
  let pausedUntilMs = 0;
  let lastGood: { readonly body: string; readonly atMs: number } | undefined;

  function fallBack(nowMs: number, cause: unknown): Response {
    if (lastGood === undefined || nowMs - lastGood.atMs > options.maximumStaleMs) throw cause;
    return toKeySet(lastGood.body);
  }

  return async function fetchKeys(url, init) {
    const nowMs = options.now().getTime();
    // A pause longer than any that was begun: the clock was set back meanwhile.
    const isPausing = nowMs < pausedUntilMs && pausedUntilMs - nowMs <= options.cooldownMs;
    if (isPausing) return fallBack(nowMs, new Error('Waiting after a failed fetch of the key set'));
    try {
      const answer = await options.fetch(url, init);
      if (answer.status !== 200) throw new Error(`The key set answered ${String(answer.status)}`);
      const body = await readAtMost(answer, options.maximumBytes);
      requireKeySet(body);
      lastGood = { body, atMs: nowMs };
      return toKeySet(body);
    } catch (error) {
      pausedUntilMs = nowMs + options.cooldownMs;
      return fallBack(nowMs, error);
    }
  };
}

function toKeySet(body: string): Response {
  return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } });
}

/** A maintenance page must not replace a good set. */
function requireKeySet(body: string): void {
  const value = JSON.parse(body) as { keys?: unknown } | null;
  if (!Array.isArray(value?.keys)) throw new Error('The answer is not a key set');
}

async function readAtMost(answer: Response, maximumBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (answer.body === null) return '';
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maximumBytes) throw new Error('The key set is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
