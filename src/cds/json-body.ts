/**
 * From the socket to a JSON value: content type (415), size (413), arrival (400), then strict parsing (400). What is
 * too large is refused before it has arrived; compressed bodies are refused, since an order is small and inflating
 * strangers' bytes buys nothing.
 */
import type { Request } from 'express';
import { Fault } from '../errors.ts';
import { parseStrictJson } from './strict-json.ts';

export interface BodyLimits {
  readonly maximumBytes: number;
  readonly maximumDepth: number;
  /** How long a body may take to arrive. */
  readonly timeoutMs: number;
}

/** Reads the body of one request. Throws Fault `content-type-unsupported`, `request-too-large`, `request-malformed`. */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<unknown> {
  requireJsonType(request);
  if (Number(request.get('content-length') ?? 0) > limits.maximumBytes) throw tooLarge();
  const bytes = await readBytes(request, limits);
  if (bytes.length === 0) throw new Fault('request-malformed', 'The body is empty');
  return parseStrictJson(bytes, limits);
}

/** `application/json`, in UTF-8 where a charset is named (RFC 8259 8.1), and not compressed. */
function requireJsonType(request: Request): void {
  const [type = '', ...parameters] = (request.get('content-type') ?? '').split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  if (type.toLowerCase() !== 'application/json' || !/^(charset="?utf-8"?)?$/i.test(charset ?? '')) {
    throw new Fault('content-type-unsupported', 'Send application/json in UTF-8');
  }
  if ((request.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity') {
    throw new Fault('content-type-unsupported', 'Send the body without Content-Encoding');
  }
}

function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (end: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onBroken).off('error', onBroken);
      end();
    };
    const onData = (chunk: Uint8Array): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > limits.maximumBytes) finish(() => reject(tooLarge()));
    };
    const onEnd = (): void => finish(() => resolve(Buffer.concat(chunks, size)));
    const onBroken = (): void => finish(() => reject(notWhole()));
    const timer = setTimeout(onBroken, limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onBroken).on('error', onBroken);
  });
}

function tooLarge(): Fault {
  return new Fault('request-too-large', 'The body is larger than this service reads');
}

function notWhole(): Fault {
  return new Fault('request-malformed', 'The body did not arrive whole, or not in time');
}
