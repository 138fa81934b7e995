/**
 * Accepts every local call: for the sandbox on one's own machine, where there is no EHR to sign tokens. It refuses
 * to exist for any other address, and refuses calls that came from elsewhere or under another name than loopback
 * (a rebound DNS name in a browser), whatever a proxy or a container did to the port.
 */
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import type { VerifiedCaller } from './caller-verifier.ts';
import { isLoopbackHost } from './trusted-issuer.ts';

export interface InsecureVerifierOptions {
  /** Address the server will listen on. */
  readonly bindHost: string;
  readonly logger: Logger;
  /** The sandbox's own FHIR server. */
  readonly fhirServers?: readonly string[];
}

export interface LocalCall {
  readonly remoteAddress: string | undefined;
  readonly host: string | undefined;
}

/** Throws Fault `config-invalid` unless `bindHost` is loopback; `verify` throws Fault `caller-unverified`. */
export function createInsecureVerifier(options: InsecureVerifierOptions): {
  verify(call: LocalCall): Promise<VerifiedCaller>;
} {
  if (!isLoopbackHost(options.bindHost)) {
    throw new Fault('config-invalid', 'Calls without a token are accepted on a loopback address only');
  }
  options.logger.warn('callers are not verified: sandbox mode');
  return {
    verify({ remoteAddress, host }) {
      const name = (host ?? '').replace(/:\d+$/, '');
      if (isLoopbackHost(remoteAddress ?? '') && isLoopbackHost(name)) {
        return Promise.resolve({ issuer: 'sandbox', fhirServers: options.fhirServers ?? [] });
      }
      return Promise.reject(new Fault('caller-unverified', 'Not authorized', { details: { refusal: 'not-loopback' } }));
    },
  };
}
