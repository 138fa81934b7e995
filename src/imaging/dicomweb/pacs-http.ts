/**
 * One exchange with a PACS, on node:http(s): guarded addresses, no redirects, no cookies, `accept-encoding: identity`
 * (Orthanc would gzip every instance), idle timeout, the caller's signal. Statuses become Faults here and nowhere
 * else: `pacs-unavailable` (retryable: 408, 429, 5xx, cut or silent connections), `study-arriving` (retryable: 404,
 * 409), `pacs-refused` (401, 403, ...), `pacs-not-allowed` (redirects, forbidden addresses). Neither URLs nor UIDs nor
 * tokens stand in a message.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Fault, isFault, toFault } from '../../errors.ts';
import { createGuardedLookup, requireAllowedHost } from './address-guard.ts';
import type { PacsCredentials, PacsEndpoint, ResolvedEndpoint } from './pacs-endpoint.ts';

export interface PacsRequest {
  /** What is posted, with its length known; nothing = GET. */
  readonly post?: { readonly contentType: string; readonly pieces: readonly Uint8Array[] };
  /** Statuses beside 2xx whose body the caller reads. */
  readonly alsoAnswers?: readonly number[];
  /** Path segments beneath the endpoint, already validated. */
  readonly segments: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Longest silence on the connection. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PacsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: IncomingMessage;
}

/** Resolves once the head of a usable answer is there. The caller reads the body to its end or destroys it. */
export async function askPacs({ base, endpoint }: ResolvedEndpoint, asked: PacsRequest): Promise<PacsAnswer> {
  const url = new URL(base);
  url.pathname = [base.pathname.replace(/\/$/, ''), ...asked.segments.map((part) => encodeURIComponent(part))].join(
    '/',
  );
  for (const [name, value] of Object.entries(asked.query ?? {})) url.searchParams.append(name, value);
  requireAllowedHost(url, endpoint.reach);
  const authorization = await readAuthorization(endpoint, asked.signal);
  const response = await send(url, endpoint, asked, authorization);
  const status = response.statusCode ?? 0;
  if ((status < 200 || status > 299) && asked.alsoAnswers?.includes(status) !== true) {
    response.destroy();
    throw toStatusFault(status, response.headers['retry-after']);
  }
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    response.destroy();
    throw new Fault('pacs-answer-malformed', 'The PACS compressed an answer it was asked not to compress');
  }
  return { status, contentType: response.headers['content-type'] ?? '', body: response };
}

function send(
  url: URL,
  endpoint: PacsEndpoint,
  { accept, idleTimeoutMs, signal, post }: PacsRequest,
  authorization: string | undefined,
): Promise<IncomingMessage> {
  const posted = post && {
    'content-type': post.contentType,
    'content-length': post.pieces.reduce((sum, { length }) => sum + length, 0),
  };
  const options: RequestOptions = {
    method: post ? 'POST' : 'GET',
    agent: false,
    lookup: createGuardedLookup(endpoint.reach),
    headers: {
      ...{ accept, 'accept-encoding': 'identity' },
      ...posted,
      ...(authorization === undefined ? {} : { authorization }),
    },
    signal,
    ...endpoint.tls,
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve);
    request.setTimeout(idleTimeoutMs, () => request.destroy(silent()));
    request.on('error', (error) => reject(toTransportFault(error)));
    for (const piece of post?.pieces ?? []) request.write(piece);
    request.end();
  });
}

const silent = (): Fault =>
  new Fault('pacs-unavailable', 'The PACS went silent before the answer was complete', { retryable: true });

/** A cut, refused or silent connection, wherever in the exchange it happens. */
export function toTransportFault(error: unknown): Fault {
  if (isFault(error)) return error;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return toFault(error);
  return new Fault('pacs-unavailable', 'The connection to the PACS failed', { cause: error, retryable: true });
}

async function readAuthorization({ credentials }: PacsEndpoint, signal: AbortSignal): Promise<string | undefined> {
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}`;
    case 'bearer':
      return `Bearer ${await getToken(credentials, signal)}`;
  }
}

async function getToken(
  credentials: Extract<PacsCredentials, { kind: 'bearer' }>,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await credentials.getToken({ signal });
  } catch (cause) {
    if (isFault(cause)) throw cause;
    throw new Fault('pacs-unavailable', 'The token for the PACS could not be had', { cause, retryable: true });
  }
}

function toStatusFault(status: number, retryAfter: string | undefined): Fault {
  const details = { status };
  if (status >= 300 && status < 400) {
    return new Fault('pacs-not-allowed', 'The PACS redirected, which is never followed', { details });
  }
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(retryAfter);
    const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
    return new Fault('pacs-unavailable', `The PACS answered ${String(status)}`, { details, retryable: true, ...wait });
  }
  // 404 and 409: the chart may be ahead of the archive; asking again later can help (ADR 0006, ADR 0044).
  const isAhead = status === 404 || status === 409;
  const code = isAhead ? 'study-arriving' : 'pacs-refused';
  return new Fault(code, `The PACS answered ${String(status)}`, { details, retryable: isAhead });
}

/** Reads a small body whole. Throws `pacs-answer-malformed` above the limit. */
export async function readBody(body: IncomingMessage, maximumBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maximumBytes) throw new Fault('pacs-answer-malformed', 'An answer of the PACS is too large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw toTransportFault(error);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
