/**
 * One HTTP call to an inference server: bounded in time and size, no redirects, and every way of failing named.
 * `inference-unavailable` (retryable) means that the same call may succeed later or elsewhere; `inference-failed`
 * means that this server does not answer this request properly.
 */
import { Fault, isFault } from '../errors.ts';

export interface ServerAddress {
  /** Without /v2, e.g. http://triton:8000 */
  readonly baseUrl: string;
  /** E.g. an authorization header. Never logged. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maximumBytes: number;
}

export interface ServerAnswer {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** HTTP status that may be another one next time. 404: Triton while a network is unloaded or loads, and others' balancers. */
const TEMPORARY = new Set([404, 408, 425, 429, 502, 503, 504]);
const OUT_OF_MEMORY = /out of memory|memory allocation|failed to allocate|resource.?exhausted/i;
/** The protocol's error object, perhaps cut. */
const HAS_REASON = /^\s*\{\s*"error"\s*:\s*"[^"]/;
const EXCERPT_BYTES = 500;

/** Details key of a fault that a smaller batch may mend: the server has no memory for it, or does not say what is wrong. */
export const TOO_LARGE = 'tooLarge';

export async function callServer(server: ServerAddress, options: CallOptions): Promise<ServerAnswer> {
  const { method, path, headers, body, signal, timeoutMs, maximumBytes } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(new URL(path, withSlash(server.baseUrl)), {
      method,
      // Triton compresses for whoever lets it, as fetch does by itself; floats are not worth the time.
      headers: { 'accept-encoding': 'identity', ...server.headers, ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.any([signal, timeout]),
    });
    const bytes = await readBody(response, response.ok ? maximumBytes : EXCERPT_BYTES);
    if (!response.ok) throw toFault(response, path, new TextDecoder().decode(bytes));
    return { headers: response.headers, body: bytes };
  } catch (error) {
    if (isFault(error)) throw error;
    if (signal.aborted) {
      throw new Fault('deadline-exceeded', 'The time allowed for inference ran out', { cause: error, retryable: true });
    }
    const why = timeout.aborted ? `did not answer within ${timeoutMs} ms` : 'cannot be reached';
    throw new Fault('inference-unavailable', `The inference server ${why}`, { cause: error, retryable: true });
  }
}

function toFault(response: Response, path: string, excerpt: string): Fault {
  const { status } = response;
  if (status === 413 || OUT_OF_MEMORY.test(excerpt)) {
    const details = { status, [TOO_LARGE]: true };
    return new Fault('inference-unavailable', 'The inference server has no memory for this batch', {
      retryable: true,
      details,
    });
  }
  if (TEMPORARY.has(status)) {
    const afterS = Number(response.headers.get('retry-after') ?? NaN);
    return new Fault('inference-unavailable', `The inference server answered ${status} at ${path}`, {
      retryable: true,
      details: { status },
      ...(Number.isFinite(afterS) ? { retryAfterMs: afterS * 1000 } : {}),
    });
  }
  // MLServer says "Internal Server Error" and nothing else, also when its memory ran out.
  const details = { status, ...(status === 500 && !HAS_REASON.test(excerpt) && { [TOO_LARGE]: true }) };
  return new Fault('inference-failed', `The inference server answered ${status} at ${path}`, { details });
}

/** For errors the excerpt is cut; a longer answer than was asked for is refused. */
async function readBody(response: Response, maximumBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream: AsyncIterable<Uint8Array> | null = response.body;
  for await (const part of stream ?? []) {
    length += part.length;
    if (length > maximumBytes && response.ok) {
      throw new Fault('inference-failed', `The inference server answered with more than ${maximumBytes} bytes`);
    }
    parts.push(part);
    if (length > maximumBytes) break;
  }
  return Buffer.concat(parts);
}

function withSlash(baseUrl: string): string {
  return baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
}
