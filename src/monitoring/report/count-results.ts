/** One target's results of one model version. A CT that was assessed twice (under two evidence rules) counts once. */
import type { ResultFact } from '../facts/fact.ts';
import type { Results } from './site-report.ts';

/** Of one CT: an estimate before an abstention, then the later one. */
export function pickPerStudy(results: readonly ResultFact[]): readonly ResultFact[] {
  const picked = new Map<string, ResultFact>();
  for (const result of results) {
    const known = picked.get(result.imagingStudyId);
    if (!known || rank(result) > rank(known)) picked.set(result.imagingStudyId, result);
  }
  return [...picked.values()];
}

function rank({ said, assessedAt }: ResultFact): number {
  return assessedAt.getTime() + (said.kind === 'estimate' ? Number.MAX_SAFE_INTEGER / 2 : 0);
}

export function countResults(perStudy: readonly ResultFact[]): Results {
  const estimates = perStudy.flatMap(({ said }) => (said.kind === 'estimate' ? [said] : []));
  const reasons = perStudy.flatMap(({ said }) => (said.kind === 'abstained' ? [said.reason] : []));
  return {
    studies: perStudy.length,
    estimates: estimates.length,
    positive: estimates.filter(({ call }) => call === 'positive').length,
    reasons: [...Map.groupBy(reasons, (reason) => reason)]
      .map(([reason, items]) => ({ reason, count: items.length }))
      .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason)),
  };
}
