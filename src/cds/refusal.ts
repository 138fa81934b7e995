/**
 * How a fault leaves: an exact status and `{code, message}`, nothing more. 401 and 5xx say no detail at all;
 * the log has the code, the facts the fault carries and where it was thrown, but no message of foreign errors,
 * because those may quote what was sent.
 */
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { Fault, isFault, toFault } from '../errors.ts';
import { readExchange, toLogFields } from './correlation.ts';

/** How long a refused caller may go on sending; long enough to notice the answer. */
const DRAIN_MS = 2_000;

const NO_DETAIL: Readonly<Partial<Record<number, string>>> = {
  401: 'Not authorized',
  500: 'The service failed',
  502: 'A system behind this service failed',
  503: 'The service is not available',
  504: 'The service could not answer in time',
};

/** What the application may audit about a refusal; `refusal` says why a caller was not believed. */
export interface RefusedCall {
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  readonly at: string;
  readonly serviceId?: string;
  readonly hook?: string;
  readonly hookInstance?: string;
  readonly issuer?: string;
}

export function createRefusalHandler(options: {
  readonly logger: Logger;
  readonly onRefused: (refused: RefusedCall) => void;
}): ErrorRequestHandler {
  return function refuse(error: unknown, request, response, next) {
    const fault = toHttpFault(error);
    logRefusal(options.logger, response, fault);
    const { known, receivedAt } = readExchange(response);
    options.onRefused({ ...known, code: fault.code, status: fault.status, at: receivedAt.toISOString() });
    if (response.headersSent) {
      next(error);
      return;
    }
    sendRefusal(response, fault);
    stopReading(request);
  };
}

function sendRefusal(response: Response, fault: Fault): void {
  if (fault.retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(fault.retryAfterMs / 1000)));
  if (fault.status === 401) response.set('WWW-Authenticate', 'Bearer');
  response.set('Cache-Control', 'no-store');
  response.status(fault.status).json({ code: fault.code, message: NO_DETAIL[fault.status] ?? fault.message });
}

/** A refused caller may still be sending: what comes is thrown away, and after a moment the line is cut. */
function stopReading(request: Request): void {
  if (request.complete) return;
  request.resume();
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, DRAIN_MS).unref();
}

function logRefusal(logger: Logger, response: Response, fault: Fault): void {
  const fields = { ...toLogFields(response), status: fault.status, code: fault.code, spec: fault.spec };
  if (fault.status < 500) {
    logger.warn({ ...fields, reason: fault.message, ...fault.details }, 'call refused');
    return;
  }
  logger.error({ ...fields, reason: fault.message, ...fault.details, ...describeCause(fault) }, 'call failed');
}

/** Express and its parsers throw errors with a 4xx status (a path that does not decode, for one). */
function toHttpFault(error: unknown): Fault {
  const status = (error as { status?: unknown } | null)?.status;
  const isForeignRefusal = !isFault(error) && typeof status === 'number' && status >= 400 && status < 500;
  return isForeignRefusal ? new Fault('request-malformed', 'The request cannot be read') : toFault(error);
}

function describeCause(fault: Fault): { causeName?: string; frames?: readonly string[] } {
  const cause = fault.cause instanceof Error ? fault.cause : fault;
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { causeName: cause.name, frames: frames.slice(0, 8).map((line) => line.trim()) };
}
