/**
 * The port `AuditTrail` on a FHIR R4 server. One conditional create per event, so that a queue may repeat it; a
 * server that is down is a retryable Fault, and the event keeps its original time however late it is written.
 */
import type { AuditRecord, AuditTrail } from '../../assessment/domain/ports.ts';
import { isFault } from '../../errors.ts';
import type { AccessTokens } from '../access/access-tokens.ts';
import { createFhirConnection } from '../access/fhir-connection.ts';
import type { ServiceIdentity } from '../assessment/devices.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { toInteractionAuditEvent, toInteractionTag, withLogicalReferences } from './interaction-audit-event.ts';

/** What servers with referential integrity answer to a reference that leads nowhere (HAPI: 400; others 409, 422). */
const REFUSES_CONTENT = new Set<unknown>([400, 409, 422]);

export interface MedplumAuditTrailOptions {
  readonly baseUrl: string;
  readonly tokens: AccessTokens;
  readonly service: ServiceIdentity;
  /** Of one exchange. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface MedplumAuditTrail extends AuditTrail {
  /** For a queue that gave the event an id: the same id is one AuditEvent, however often it is delivered. */
  write(
    event: { readonly id: string; readonly record: AuditRecord },
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
}

export function createMedplumAuditTrail(options: MedplumAuditTrailOptions): MedplumAuditTrail {
  const { baseUrl, tokens, service, timeoutMs } = options;
  const connection = createFhirConnection({
    baseUrl,
    tokens,
    identity: 'service',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const write: MedplumAuditTrail['write'] = async ({ id, record }, { signal }) => {
    const criteria = `_tag=${encodeURIComponent(`${IDENTIFIERS.record}|${id}`)}`;
    const event = toInteractionAuditEvent(id, record, service);
    // A user, encounter or patient of another server does not exist here; an event must not be lost for that.
    const forms = [event, withLogicalReferences(event, ['Patient']), withLogicalReferences(event, [])];
    for (const [index, form] of forms.entries()) {
      try {
        await connection.create(form, criteria, { signal });
        return;
      } catch (error) {
        const status = isFault(error) ? error.details['status'] : undefined;
        // FHIR R4 http#ccreate: 412 = it stands there already, more than once.
        if (status === 412) return;
        if (!REFUSES_CONTENT.has(status) || index === forms.length - 1) throw error;
      }
    }
  };
  return {
    write,
    record: (record) => write({ id: toInteractionTag(record), record }, { signal: new AbortController().signal }),
  };
}
