/**
 * The one door to a FHIR server. It goes nowhere but below the base address, follows no redirect, reads no more
 * than the limit, adds the token, and turns every refusal into a Fault. Medplum's client sees only good JSON
 * answers: its own retries would repeat creates, and its error path prints response bodies to the console.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, isFault, toFault } from '../../errors.ts';
import type { AccessTokens } from './access-tokens.ts';
import { toResponseFault } from './response-fault.ts';
import { isBelow } from './server-address.ts';

export interface GuardedFetchOptions {
  readonly base: URL;
  readonly tokens: AccessTokens;
  readonly identity: 'service' | 'caller';
  /** For one exchange, headers and body. Default 10 s. */
  readonly timeoutMs?: number;
  /** Default 16 MiB. */
  readonly maximumBytes?: number;
  /** ms since the epoch. */
  readonly now: () => number;
}

export type GuardedFetch = (url: string, init: RequestInit) => Promise<Response>;

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAXIMUM_BYTES = 16 * 1024 * 1024;
/** Between the two tries of a read; long enough for a load balancer to notice a dead node. */
const READ_RETRY_DELAY_MS = 100;

/** Throws Fault for everything but a 2xx with a JSON body or none. Reads are tried twice, writes once. */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  return async (url, init) => {
    if (!isBelow(options.base, url)) {
      throw new Fault('fhir-not-allowed', 'The address leads away from the FHIR server it came from');
    }
    try {
      return await exchangeTwiceIfRead(options, url, init);
    } catch (error) {
      throw toFault(error, 'fhir-unavailable');
    }
  };
}

async function exchangeTwiceIfRead(options: GuardedFetchOptions, url: string, init: RequestInit): Promise<Response> {
  const isRead = (init.method ?? 'GET') === 'GET';
  try {
    return await exchangeWithToken(options, url, init);
  } catch (error) {
    if (!isRead || !isFault(error) || error.code !== 'fhir-unavailable' || error.retryAfterMs !== undefined)
      throw error;
    await sleep(READ_RETRY_DELAY_MS, undefined, init.signal ? { signal: init.signal } : {});
    return exchangeWithToken(options, url, init);
  }
}

/** 401 to our own token once: it was revoked or the clock is off; a fresh one may do. Nothing was processed. */
async function exchangeWithToken(options: GuardedFetchOptions, url: string, init: RequestInit): Promise<Response> {
  const signal = init.signal ?? AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const token = await options.tokens.current({ signal });
  try {
    return await exchange(options, url, init, token);
  } catch (error) {
    const refused = isFault(error) && error.details['status'] === 401;
    if (!refused || token === undefined || options.identity === 'caller') throw error;
    options.tokens.discard(token);
    return exchange(options, url, init, await options.tokens.current({ signal }));
  }
}

async function exchange(
  options: GuardedFetchOptions,
  url: string,
  init: RequestInit,
  token: string | undefined,
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.delete('authorization');
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { ...init, headers, signal, redirect: 'manual', credentials: 'omit' });
    body = await readText(response, options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES);
  } catch (error) {
    throw toExchangeFault(error, init.signal ?? undefined);
  }
  if (!response.ok) {
    throw toResponseFault({
      status: response.status,
      headers: response.headers,
      body,
      method: init.method ?? 'GET',
      resourceType: firstSegment(options.base, url),
      identity: options.identity,
      now: options.now(),
    });
  }
  return toCheckedResponse(response, body);
}

function toExchangeFault(error: unknown, callersSignal: AbortSignal | undefined): Fault {
  if (isFault(error)) return error;
  if (callersSignal?.aborted) {
    return new Fault('deadline-exceeded', 'The time allowed for the FHIR call ran out', {
      cause: error,
      retryable: true,
    });
  }
  return new Fault('fhir-unavailable', 'The FHIR server could not be reached or fell silent', {
    cause: error,
    retryable: true,
  });
}

async function readText(response: Response, maximumBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maximumBytes) {
      throw new Fault('fhir-refused', 'The FHIR answer is larger than allowed', { details: { maximumBytes } });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** A proxy's HTML page with status 200 is an outage, not an answer. */
function toCheckedResponse(response: Response, body: string): Response {
  const isEmpty = body.trim() === '';
  if (!isEmpty) {
    try {
      JSON.parse(body);
    } catch (error) {
      throw new Fault('fhir-unavailable', 'The answer is not FHIR JSON', {
        retryable: true,
        details: { status: response.status },
        cause: error instanceof SyntaxError ? undefined : error,
      });
    }
  }
  return new Response(isEmpty ? null : body, {
    status: isEmpty ? 204 : response.status,
    headers: { 'content-type': 'application/fhir+json' },
  });
}

function firstSegment(base: URL, url: string): string {
  const rest = new URL(url).pathname.slice(base.pathname.replace(/\/+$/, '').length + 1);
  return rest.split('/')[0] ?? '';
}
