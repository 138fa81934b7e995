/** AuditEvent -> AnswerFact or FeedbackFact (docs/audit.md says how they are written). Refused and failed calls are left out. */
import { z } from 'zod';
import { CODE_SYSTEMS, IDENTIFIERS } from '../../fhir/terminology/canonical.ts';
import { IGNORED, UNREADABLE, type AnswerFact, type FeedbackFact, type Unused } from './fact.ts';
import { codings, findCode, instant } from './fhir-shapes.ts';

const entity = z.looseObject({
  type: z.looseObject({ code: z.string().optional() }).optional(),
  role: z.looseObject({ code: z.string().optional() }).optional(),
  what: z
    .looseObject({
      reference: z.string().optional(),
      type: z.string().optional(),
      identifier: z.looseObject({ system: z.string().optional(), value: z.string().optional() }).optional(),
    })
    .optional(),
  detail: z.array(z.looseObject({ type: z.string(), valueString: z.string().optional() })).default([]),
});

const auditEvent = z.looseObject({
  resourceType: z.literal('AuditEvent'),
  recorded: instant,
  outcome: z.string().optional(),
  subtype: codings,
  entity: z.array(entity).default([]),
});

type Stored = z.infer<typeof auditEvent>;

export function readEvent(resource: unknown): AnswerFact | FeedbackFact | Unused {
  const parsed = auditEvent.safeParse(resource);
  if (!parsed.success) return UNREADABLE;
  const event = parsed.data;
  if (event.outcome !== '0') return IGNORED;
  const kinds = event.subtype.filter((one) => one.system === CODE_SYSTEMS.auditEvents).map((one) => one.code);
  if (kinds.includes('order-answered')) return toAnswer(event);
  return kinds.includes('feedback-received') ? toFeedback(event, kinds) : IGNORED;
}

function toAnswer(event: Stored): AnswerFact {
  const identified = event.entity.flatMap(({ what }) =>
    what?.identifier ? [{ ...what.identifier, of: what.type }] : [],
  );
  const key = identified.find(({ system }) => system === IDENTIFIERS.assessment)?.value;
  const orderId = identified.find(({ of }) => of === 'ServiceRequest')?.value;
  const patient = event.entity.find((one) => one.role?.code === '1')?.what?.reference;
  const decision = findCode(event.subtype, CODE_SYSTEMS.cards);
  const durationMs = Number(listDetails(event, 'duration-ms')[0] ?? Number.NaN);
  return {
    kind: 'answer',
    at: event.recorded,
    cards: listDetails(event, 'card'),
    ...(orderId === undefined ? {} : { order: `${patient ?? ''} ${orderId}` }),
    ...(key === undefined ? {} : { key }),
    ...(decision === undefined ? {} : { decision }),
    ...(Number.isFinite(durationMs) ? { durationMs } : {}),
  };
}

function toFeedback(event: Stored, kinds: readonly (string | undefined)[]): FeedbackFact | Unused {
  const [card] = listDetails(event, 'card');
  if (card === undefined) return UNREADABLE;
  const known = new Set<string>([CODE_SYSTEMS.auditEvents, 'http://hl7.org/fhir/restful-interaction']);
  const reason = event.subtype.find((one) => !known.has(one.system ?? ''))?.code;
  return {
    kind: 'feedback',
    at: event.recorded,
    card,
    outcome: kinds.includes('card-overridden') ? 'overridden' : 'accepted',
    ...(reason === undefined ? {} : { reason }),
  };
}

function listDetails(event: Stored, type: string): string[] {
  return event.entity.flatMap(({ detail }) =>
    detail.flatMap((one) => (one.type === type && one.valueString !== undefined ? [one.valueString] : [])),
  );
}
