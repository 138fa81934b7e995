/**
 * The port `AuditTrail` on a FHIR R4 server. One conditional create per event, so that a queue may repeat it; a
 * server that is down is a retryable Fault, and the event keeps its original time however late it is written.
 */
import type { AuditTrail } from '../../assessment/domain/ports.ts';
import { isFault } from '../../errors.ts';
import type { AccessTokens } from '../access/access-tokens.ts';
import { createFhirConnection } from '../access/fhir-connection.ts';
import type { ServiceIdentity } from '../assessment/devices.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { toInteractionAuditEvent, toInteractionTag } from './interaction-audit-event.ts';

export interface MedplumAuditTrailOptions {
  readonly baseUrl: string;
  readonly tokens: AccessTokens;
  readonly service: ServiceIdentity;
  /** Of one exchange. Default 10 s. */
  readonly timeoutMs?: number;
}

export function createMedplumAuditTrail(options: MedplumAuditTrailOptions): AuditTrail {
  const { baseUrl, tokens, service, timeoutMs } = options;
  const connection = createFhirConnection({
    baseUrl,
    tokens,
    identity: 'service',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return {
    record: async (record) => {
      const criteria = `_tag=${encodeURIComponent(`${IDENTIFIERS.record}|${toInteractionTag(record)}`)}`;
      const event = toInteractionAuditEvent(record, service);
      try {
        await connection.create(event, criteria, { signal: new AbortController().signal });
      } catch (error) {
        // FHIR R4 http#ccreate: 412 = it stands there already, more than once.
        if (!isFault(error) || error.details['status'] !== 412) throw error;
      }
    },
  };
}
