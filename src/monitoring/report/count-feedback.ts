/** What clinicians did with the cards they were shown. Cards nobody reported about are neither followed nor overridden. */
import type { AnswerFact, FeedbackFact } from '../facts/fact.ts';
import { toProportion } from '../statistics/proportion.ts';
import { MINIMUM_GROUP, type Feedback } from './site-report.ts';

export function countFeedback(answers: readonly AnswerFact[], feedback: readonly FeedbackFact[]): Feedback {
  const shown = new Set(answers.flatMap(({ cards }) => cards));
  const latest = new Map<string, FeedbackFact>();
  for (const one of feedback) {
    const known = latest.get(one.card);
    if (shown.has(one.card) && (!known || known.at < one.at)) latest.set(one.card, one);
  }
  const overridden = [...latest.values()].filter(({ outcome }) => outcome === 'overridden');
  return {
    shown: shown.size,
    accepted: latest.size - overridden.length,
    overriddenCount: overridden.length,
    overridden:
      shown.size < MINIMUM_GROUP
        ? { kind: 'too-few', needed: MINIMUM_GROUP }
        : toProportion(overridden.length, shown.size),
    reasons: countReasons(overridden),
    elsewhere: new Set(feedback.map(({ card }) => card).filter((card) => !shown.has(card))).size,
  };
}

function countReasons(overridden: readonly FeedbackFact[]): Feedback['reasons'] {
  const byReason = Map.groupBy(overridden, ({ reason }) => reason ?? 'none');
  return [...byReason]
    .map(([code, items]) => ({ code, count: items.length }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}
