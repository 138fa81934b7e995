/** Settings -> who may call, and which FHIR servers those callers may name. */
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import type { CallerVerifier } from '../cds/cds-service.ts';
import { isSameServer } from '../assessment/domain/same-server.ts';
import type { Config } from '../config/settings.ts';
import { createCallerVerifier } from '../security/caller-verifier.ts';
import { createInsecureVerifier } from '../security/insecure-verifier.ts';
import { createReplayStore } from '../security/replay-store.ts';
import { requireTrustedIssuers, type TrustedIssuer } from '../security/trusted-issuer.ts';
import type { Database } from '../storage/database.ts';
import { readJsonFile } from './read-json-file.ts';

export interface Callers {
  readonly issuers: readonly TrustedIssuer[];
  readonly fhirServers: readonly string[];
}

/** Throws Fault `config-invalid`. `issuers` may also be handed in (sandbox, tests) instead of a file. */
export function readCallers(config: Config, issuers?: readonly TrustedIssuer[]): Callers {
  if (config.CDS_AUTH === 'insecure-loopback') return { issuers: [], fhirServers: [config.FHIR_BASE_URL] };
  const trusted =
    issuers ?? requireTrustedIssuers(readJsonFile('CDS_TRUSTED_ISSUERS_FILE', config.CDS_TRUSTED_ISSUERS_FILE ?? ''));
  for (const issuer of trusted) requireSamePatientIds(issuer, config.FHIR_BASE_URL);
  return { issuers: trusted, fhirServers: [...new Set(trusted.flatMap((issuer) => issuer.fhirServers ?? []))] };
}

/** What a caller's server calls patient 123 must be patient 123 here: results are kept and read here (ADR 0063). */
function requireSamePatientIds({ issuer, fhirServers, samePatientIds }: TrustedIssuer, own: string): void {
  if (samePatientIds === true || (fhirServers ?? []).every((one) => isSameServer(one, own))) return;
  const message = `Trusted issuers: ${issuer} lists fhirServers that are not FHIR_BASE_URL. Name FHIR_BASE_URL alone, or say`;
  throw new Fault('config-invalid', `${message} "samePatientIds": true where all ids are the same on both`);
}

export function createVerifier(
  config: Config,
  callers: Callers,
  parts: { readonly database: Database; readonly logger: Logger; readonly now: () => Date },
): CallerVerifier {
  const { logger, now } = parts;
  if (config.CDS_AUTH === 'insecure-loopback') {
    return createInsecureVerifier({ bindHost: config.HOST, logger, fhirServers: callers.fhirServers });
  }
  return createCallerVerifier({
    issuers: callers.issuers,
    replay: createReplayStore(parts.database, { logger, now }),
    logger,
    now,
  });
}
