/**
 * Which facts enter a pool and which do not, each with its reason. Nothing is dropped in silence: what is left out is
 * listed beside what is pooled. One cohort enters a pool once.
 */
import { toEffectSize, type EffectSize } from './effect-size.ts';
import type { Fact, Question, Study, StudyLibrary } from './study-schema.ts';

export interface ChosenFact {
  readonly study: Study;
  readonly fact: Fact;
  readonly effect: EffectSize;
}

export interface LeftOutFact {
  readonly study: Study;
  readonly fact: Fact;
  readonly reason: string;
}

/** Throws where two facts of one cohort would enter one pool. */
export function selectFacts(
  library: StudyLibrary,
  question: Question,
): { readonly chosen: readonly ChosenFact[]; readonly leftOut: readonly LeftOutFact[] } {
  const asked = question.takesFrom ?? [question.id];
  const chosen: ChosenFact[] = [];
  const leftOut: LeftOutFact[] = [];
  for (const study of library.studies) {
    for (const fact of study.facts.filter((one) => asked.includes(one.question))) {
      const effect = toEffectSize(fact);
      const reason = findReasonAgainst(fact, question, effect);
      if (reason === undefined && effect) chosen.push({ study, fact, effect });
      else leftOut.push({ study, fact, reason: reason ?? '' });
    }
  }
  requireDistinctCohorts(question, chosen);
  return { chosen, leftOut };
}

function findReasonAgainst(fact: Fact, question: Question, effect: EffectSize | undefined): string | undefined {
  if (!fact.verified) return `not verified: ${fact.whyUnverified ?? ''}`;
  if (fact.exclude !== undefined) return fact.exclude;
  if (fact.sensitivityOnly !== undefined && question.takesSensitivityOnly !== true) return fact.sensitivityOnly;
  return effect ? undefined : 'the source gives neither an interval nor counts';
}

function requireDistinctCohorts(question: Question, chosen: readonly ChosenFact[]): void {
  const seen = new Map<string, string>();
  for (const { study } of chosen) {
    const other = seen.get(study.cohort);
    if (other !== undefined) throw new Error(`${question.id}: ${other} and ${study.id} are the same patients`);
    seen.set(study.cohort, study.id);
  }
}
