/** Settings -> who may call, and which FHIR servers those callers may name. */
import type { Logger } from 'pino';
import type { CallerVerifier } from '../cds/cds-service.ts';
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
  return { issuers: trusted, fhirServers: [...new Set(trusted.flatMap((issuer) => issuer.fhirServers ?? []))] };
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
