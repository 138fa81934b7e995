/**
 * The first rungs of the ladder: who calls (401), and may they call once more (429)? The address a token must name is
 * built from the public address and the route, never from what the request says about itself.
 */
import type { Request, Response } from 'express';
import { Fault } from '../errors.ts';
import type { CallRateLimit, CallerVerifier, CdsCaller } from './cds-service.ts';
import { readExchange } from './correlation.ts';

export interface AdmissionOptions {
  readonly publicUrl: string;
  readonly verifier: CallerVerifier;
  readonly rateLimit: CallRateLimit;
}

/** Throws Fault `request-malformed`, `caller-unverified` or `rate-limited`. */
export function createAdmission(
  options: AdmissionOptions,
): (request: Request, response: Response, path: string) => Promise<CdsCaller> {
  const base = options.publicUrl.replace(/\/+$/, '');
  return async function admit(request, response, path) {
    requireSingleHeaders(request);
    const caller = await options.verifier.verify({
      authorization: request.get('authorization'),
      url: base + path,
      remoteAddress: request.socket.remoteAddress,
      host: request.get('host'),
    });
    readExchange(response).known.issuer = caller.issuer;
    await options.rateLimit.take(caller.tenant === undefined ? caller.issuer : `${caller.issuer} ${caller.tenant}`);
    return caller;
  };
}

/** Node keeps the first of two; a proxy in front may have judged the second (RFC 9110 5.3). */
function requireSingleHeaders(request: Request): void {
  for (const name of ['authorization', 'content-type', 'host']) {
    if ((request.headersDistinct[name] ?? []).length > 1) {
      throw new Fault('request-malformed', `The header ${name} stands twice`);
    }
  }
}
