/**
 * From the socket to a JSON value: content type (415), size (413), then strict parsing (400). Compressed bodies
 * are refused: an order is small, and inflating strangers' bytes buys nothing.
 */
import express, { type Request, type RequestHandler, type Response } from 'express';
import { Fault } from '../errors.ts';
import { parseStrictJson } from './strict-json.ts';

export interface BodyLimits {
  readonly maximumBytes: number;
  readonly maximumDepth: number;
}

/** Reads the body of one request. Throws Fault `content-type-unsupported`, `request-too-large`, `request-malformed`. */
export function createJsonBodyReader(limits: BodyLimits): (request: Request, response: Response) => Promise<unknown> {
  const readRaw = express.raw({ type: () => true, limit: limits.maximumBytes, inflate: false });
  return async function readJsonBody(request, response) {
    requireJsonType(request);
    await runMiddleware(readRaw, request, response);
    const body: unknown = request.body;
    if (!(body instanceof Uint8Array) || body.length === 0) throw new Fault('request-malformed', 'The body is empty');
    return parseStrictJson(body, limits);
  };
}

/** `application/json`, in UTF-8 where a charset is named (RFC 8259 8.1). */
function requireJsonType(request: Request): void {
  const [type = '', ...parameters] = (request.get('content-type') ?? '').split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  if (type.toLowerCase() !== 'application/json' || !/^(charset="?utf-8"?)?$/i.test(charset ?? '')) {
    throw new Fault('content-type-unsupported', 'Send application/json in UTF-8');
  }
}

function runMiddleware(middleware: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void middleware(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(toBodyFault(error));
    });
  });
}

function toBodyFault(error: unknown): Fault {
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 413) return new Fault('request-too-large', 'The body is larger than this service reads');
  if (status === 415) return new Fault('content-type-unsupported', 'Send the body without Content-Encoding');
  return new Fault('request-malformed', 'The body did not arrive whole');
}
