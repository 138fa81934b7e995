/** What the audit keeps of an answered order. */
import type { AuditRecord } from '../assessment/domain/ports.ts';
import type { AnsweredCall } from '../cds/cds-router.ts';

/**
 * Undefined for a call that was none of the service's business. Cards are named only where they were shown: in
 * shadow mode nobody saw one, and the audit must not say otherwise. Which kind of card it was stands there either way.
 */
export function toOrderAuditRecord({ answer, request, caller, at, durationMs }: AnsweredCall): AuditRecord | undefined {
  if (!answer.concerns) return undefined;
  const [said] = answer.issued;
  return {
    kind: 'order-answered',
    at,
    outcome: 'success',
    hookInstance: request.hookInstance,
    caller: caller.issuer,
    ...(answer.cards.length > 0 && { cardUuids: answer.issued.map((card) => card.cardUuid) }),
    ...(said && { answer: { decision: said.decision, hook: request.hook, durationMs: Math.round(durationMs) } }),
    ...answer.concerns,
  };
}
