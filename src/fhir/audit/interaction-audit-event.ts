/**
 * Orders answered, evidence and monitoring viewed, feedback received and callers refused, as AuditEvents in BALP's
 * shape. BALP has no pattern for a hook call; it is `rest` with a subtype of our own beside the nearest interaction (ADR 0053).
 */
import { createHash } from 'node:crypto';
import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from '@medplum/fhirtypes';
import type { AuditRecord } from '../../assessment/domain/ports.ts';
import { toServiceIdentifier } from '../assessment/devices.ts';
import type { ServiceIdentity } from '../assessment/devices.ts';
import { CODE_SYSTEMS, IDENTIFIERS, PROFILES } from '../terminology/canonical.ts';
import { toFhirText } from '../terminology/fhir-text.ts';
import {
  INSTANCES_TRANSFERRED,
  REST,
  SECURITY_ALERT,
  dataEntity,
  destinationAgent,
  patientEntity,
  queryEntity,
  restInteraction,
  sourceAgent,
  transactionEntity,
  userAgent,
} from './balp.ts';
import type { Party } from './balp.ts';

interface Pattern {
  readonly type: Coding;
  readonly subtype: readonly Coding[];
  readonly action: 'C' | 'R' | 'E';
  readonly display: string;
  /** Who sends: the caller in a push, we ourselves in a read. */
  readonly source: 'caller' | 'service';
}

const PATTERNS: Readonly<Record<AuditRecord['kind'], Pattern>> = {
  'order-answered': { type: REST, subtype: [], action: 'E', display: 'Order answered', source: 'caller' },
  'evidence-viewed': {
    type: REST,
    subtype: [restInteraction('read')],
    action: 'R',
    display: 'Evidence viewed',
    source: 'service',
  },
  'feedback-received': {
    type: REST,
    subtype: [restInteraction('create')],
    action: 'C',
    display: 'Feedback received',
    source: 'caller',
  },
  'monitoring-viewed': {
    type: REST,
    subtype: [restInteraction('search')],
    action: 'E',
    display: 'Monitoring viewed',
    source: 'service',
  },
  'results-exported': {
    type: INSTANCES_TRANSFERRED,
    subtype: [restInteraction('create')],
    action: 'C',
    display: 'Results exported',
    source: 'service',
  },
  'caller-refused': { type: SECURITY_ALERT, subtype: [], action: 'E', display: 'Caller refused', source: 'caller' },
};

/** FHIR R4 audit-event-outcome. */
const OUTCOMES = { success: '0', 'minor-failure': '4', 'serious-failure': '8' } as const;

/** For records without an id of their own: the same record twice is the same event. */
export function toInteractionTag(record: AuditRecord): string {
  const identity = [
    record.kind,
    record.at,
    record.hookInstance ?? '',
    record.caller ?? '',
    record.userId ?? '',
    record.assessmentKey ?? '',
    record.code ?? '',
    record.feedback ?? '',
    ...(record.cardUuids ?? []),
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

/** `id` is the event's own identity: a conditional create by it writes the event once. */
export function toInteractionAuditEvent(id: string, record: AuditRecord, service: ServiceIdentity): AuditEvent {
  const pattern = PATTERNS[record.kind];
  const tags =
    record.assessmentKey === undefined ? [] : [{ system: IDENTIFIERS.assessmentTag, code: record.assessmentKey }];
  const entity = toEntities(record);
  const observer = { identifier: toServiceIdentifier(service), display: service.name };
  return {
    resourceType: 'AuditEvent',
    meta: {
      profile: [PROFILES.auditInteraction],
      tag: [...tags, { system: IDENTIFIERS.record, code: id }],
    },
    type: pattern.type,
    subtype: [
      ...pattern.subtype,
      { system: CODE_SYSTEMS.auditEvents, code: record.kind, display: pattern.display },
      ...(record.answer ? [{ system: CODE_SYSTEMS.cards, code: record.answer.decision }] : []),
      ...toFeedbackSubtypes(record),
    ],
    action: pattern.action,
    recorded: record.at,
    outcome: OUTCOMES[record.outcome],
    ...(record.code === undefined ? {} : { outcomeDesc: record.code }),
    agent: toAgents(record, pattern, { who: observer, address: service.url }),
    source: { observer },
    ...(entity.length === 0 ? {} : { entity }),
  };
}

/** The same event with its literal references turned into logical ones (FHIR R4 references#logical), but for `kept` types. */
export function withLogicalReferences(event: AuditEvent, kept: readonly string[]): AuditEvent {
  return JSON.parse(JSON.stringify(event), (_name, value: unknown) => {
    const reference = (value as { reference?: unknown } | null)?.reference;
    if (typeof reference !== 'string') return value;
    const [type = '', id = ''] = reference.split('/');
    return kept.includes(type) ? value : { type, identifier: { value: id } };
  }) as AuditEvent;
}

/** What was done with the card, and why, as codes that AuditEvent?subtype= finds (R4 has no better place). */
function toFeedbackSubtypes({ feedback }: AuditRecord): Coding[] {
  if (!feedback) return [];
  const isAccepted = feedback.outcome === 'accepted';
  const outcome: Coding = {
    system: CODE_SYSTEMS.auditEvents,
    code: isAccepted ? 'card-accepted' : 'card-overridden',
    display: isAccepted ? 'Card accepted' : 'Card overridden',
  };
  const { overrideReason } = feedback;
  return overrideReason ? [outcome, { system: overrideReason.system, code: overrideReason.code }] : [outcome];
}

function toAgents(record: AuditRecord, pattern: Pattern, service: Party): AuditEventAgent[] {
  const caller: Party =
    record.caller === undefined
      ? { who: { display: 'Unverified caller' } }
      : { who: { identifier: { value: record.caller } }, address: record.caller };
  const receiver: Party =
    record.destination === undefined ? caller : { who: { display: 'Image archive' }, address: record.destination };
  const fromCaller = pattern.source === 'caller';
  const participation = record.kind === 'feedback-received' ? 'AUT' : 'IRCP';
  return [
    sourceAgent(fromCaller ? caller : service),
    destinationAgent(fromCaller ? service : receiver),
    ...(record.userId === undefined ? [] : [userAgent({ reference: record.userId }, participation)]),
    ...(record.look ? [userAgent({ identifier: { value: record.look.viewer } }, 'IRCP')] : []),
  ];
}

/** How the call was answered; the kind of card stands among the subtypes, where a search finds it. */
function toAnswerDetails({ answer }: AuditRecord): NonNullable<AuditEventEntity['detail']> {
  if (!answer) return [];
  return [
    { type: 'hook', valueString: answer.hook },
    { type: 'duration-ms', valueString: String(answer.durationMs) },
  ];
}

/** Draft orders are often not readable on the server: named by their identifier, never by a dangling reference. */
function toEntities(record: AuditRecord): AuditEventEntity[] {
  const cards = (record.cardUuids ?? []).map((valueString) => ({
    type: 'card',
    valueString: toFhirText(valueString, 'unknown'),
  }));
  return [
    ...(record.patientId === undefined ? [] : [patientEntity(record.patientId)]),
    ...(record.orderId === undefined
      ? []
      : [dataEntity({ type: 'ServiceRequest', identifier: { value: toFhirText(record.orderId, 'unknown') } })]),
    ...(record.encounterId === undefined ? [] : [dataEntity({ reference: `Encounter/${record.encounterId}` })]),
    ...(record.assessmentKey === undefined
      ? []
      : [
          dataEntity(
            { type: 'RiskAssessment', identifier: { system: IDENTIFIERS.assessment, value: record.assessmentKey } },
            cards,
          ),
        ]),
    ...(record.assessmentKey === undefined && cards.length > 0
      ? [dataEntity({ display: 'CDS Hooks cards' }, cards)]
      : []),
    ...(record.look ? [queryEntity(record.look.query)] : []),
    ...(record.hookInstance === undefined
      ? []
      : [transactionEntity(toFhirText(record.hookInstance, 'unknown'), toAnswerDetails(record))]),
  ];
}
