/**
 * Whose numbers a card shows: those of the answer, or of the earlier assessment where only that one calls for a stop
 * while images that came later are analysed (ADR 0007). Undefined where the card shows none.
 */
import type { StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { Decision } from './decision.ts';

export function findShownAssessment(answer: OrderAnswer, decision: Decision): StudyAssessment | undefined {
  if (answer.kind === 'assessed') return answer.assessment;
  return decision.statements.length > 0 ? findEarlier(answer) : undefined;
}

/** The assessment that does not cover the images which came later. */
export function findEarlier(answer: OrderAnswer): StudyAssessment | undefined {
  return 'earlier' in answer ? answer.earlier : undefined;
}
