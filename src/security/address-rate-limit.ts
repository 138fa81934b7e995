/**
 * A limit per network address, before anything is verified: it keeps one machine from spending our processor on
 * signatures. Kept in memory by each process on purpose; the limit that counts is per verified caller.
 */
import { rateLimit } from 'express-rate-limit';
import type { RequestHandler } from 'express';

export function createAddressRateLimit(options: {
  readonly windowMs: number;
  readonly callsPerWindow: number;
}): RequestHandler {
  return rateLimit({
    windowMs: options.windowMs,
    limit: options.callsPerWindow,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'address',
    handler: (_request, response) => {
      response.status(429).json({ code: 'rate-limited', message: 'Too many calls' });
    },
  });
}
