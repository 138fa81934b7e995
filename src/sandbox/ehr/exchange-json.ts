/**
 * One HTTP exchange as an integrator wants to see it: what was sent, what came back, how long it took. Answers
 * of any status are results here; only a server that does not answer, or answers without end, is a fault.
 */
import { Fault } from '../../errors.ts';

const MAXIMUM_ANSWER_BYTES = 5 * 1024 * 1024;

export interface JsonExchange {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly requestBody?: unknown;
  readonly status: number;
  /** Parsed JSON, or the first 2000 characters where it is none. */
  readonly responseBody: unknown;
  readonly isJson: boolean;
  readonly durationMs: number;
}

export interface ExchangeOptions {
  readonly body?: unknown;
  readonly authorization?: string;
  readonly timeoutMs: number;
  readonly contentType?: string;
}

/** Throws Fault `request-malformed` (address), `deadline-exceeded` or `fhir-unavailable` (no answer). */
export async function exchangeJson(url: string, options: ExchangeOptions): Promise<JsonExchange> {
  const method = options.body === undefined ? 'GET' : 'POST';
  const headers = new Headers({ accept: 'application/json, application/fhir+json' });
  if (options.body !== undefined) headers.set('content-type', options.contentType ?? 'application/json');
  if (options.authorization !== undefined) headers.set('authorization', options.authorization);
  const startedAt = performance.now();
  const { response, text } = await send(url, {
    method,
    headers,
    redirect: 'error',
    signal: AbortSignal.timeout(options.timeoutMs),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const durationMs = Math.round(performance.now() - startedAt);
  const parsed = parseJson(text);
  return {
    method,
    url,
    ...(options.body === undefined ? {} : { requestBody: options.body }),
    status: response.status,
    responseBody: parsed === undefined ? text.slice(0, 2000) : parsed,
    isJson: parsed !== undefined,
    durationMs,
  };
}

async function send(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Fault('request-malformed', 'The address must start with http:// or https://');
  }
  try {
    const response = await fetch(url, init);
    return { response, text: await readText(response) };
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    throw late
      ? new Fault('deadline-exceeded', 'The server did not answer in time', { cause })
      : new Fault('fhir-unavailable', 'The server cannot be reached', { cause });
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAXIMUM_ANSWER_BYTES) throw new Fault('fhir-refused', 'The answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
