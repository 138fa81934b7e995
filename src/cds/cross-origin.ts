/**
 * CORS on the CDS routes alone (CDS Hooks 2.0, Cross-Origin Resource Sharing): exact origins from a list, never a
 * wildcard, no cookies. A browser elsewhere gets no permission and its user sees the browser's own error.
 */
import cors from 'cors';
import type { RequestHandler } from 'express';
import { Fault } from '../errors.ts';

/** Throws Fault `config-invalid` for an entry that is not a bare origin such as `https://ehr.example.org`. */
export function createCdsCors(origins: readonly string[]): RequestHandler {
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Fault('config-invalid', 'A CORS origin must be scheme, host and port only');
    }
  }
  return cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'OPTIONS'],
    allowedHeaders: ['Authorization', 'Content-Type', 'X-Request-Id'],
    exposedHeaders: ['X-Request-Id', 'Retry-After'],
    maxAge: 600,
  });
}
