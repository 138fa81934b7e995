/**
 * One id per HTTP exchange, in every log line of it and in the answer's X-Request-Id. A caller's own id is taken
 * over when it is harmless to print; hookInstance is added once the body has been read.
 */
import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const HARMLESS_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** What is known about the exchange so far; kept in `response.locals`. */
export interface Exchange {
  readonly receivedAt: Date;
  readonly startedAtMs: number;
  /** What every log line repeats. */
  readonly known: {
    readonly requestId: string;
    serviceId?: string;
    hook?: string;
    hookInstance?: string;
    issuer?: string;
  };
}

export function createCorrelation(now: () => Date): RequestHandler {
  return function correlate(request, response, next) {
    const given = request.get('x-request-id') ?? '';
    const requestId = HARMLESS_ID.test(given) ? given : randomUUID();
    const exchange: Exchange = { receivedAt: now(), startedAtMs: performance.now(), known: { requestId } };
    response.locals['exchange'] = exchange;
    response.set('X-Request-Id', requestId);
    next();
  };
}

export function readExchange(response: Response): Exchange {
  return response.locals['exchange'] as Exchange;
}

/** The fields that stand in every log line about the exchange; none of them is a patient's or a token's. */
export function toLogFields(response: Response): Record<string, string | number> {
  const { known, startedAtMs } = readExchange(response);
  return { ...known, durationMs: Math.round(performance.now() - startedAtMs) };
}
