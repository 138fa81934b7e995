/**
 * One target's results of one model version. A CT that was assessed twice (under two evidence rules, or again because
 * further images came) counts once.
 */
import { findRevision } from '../../assessment/assessment-key.ts';
import type { ResultFact } from '../facts/fact.ts';
import type { Results } from './site-report.ts';

/** Of one CT: what superseded the others, whatever it says; of two evidence rules an estimate, then the later one. */
export function pickPerStudy(results: readonly ResultFact[]): readonly ResultFact[] {
  const standing = pickHighest(results, ({ key, firstKey }) => firstKey ?? key, numberOf);
  return pickHighest(standing, ({ imagingStudyId }) => imagingStudyId, rank);
}

/** One of each name, the one of the highest worth; of equals the first. */
function pickHighest(
  results: readonly ResultFact[],
  name: (result: ResultFact) => string,
  worth: (result: ResultFact) => number,
): readonly ResultFact[] {
  const picked = new Map<string, ResultFact>();
  for (const result of results) {
    const known = picked.get(name(result));
    if (!known || worth(result) > worth(known)) picked.set(name(result), result);
  }
  return [...picked.values()];
}

/** As the chart counts (ADR 0007): by number, not by the clocks of replicas. */
function numberOf({ key, firstKey = key }: ResultFact): number {
  return findRevision(firstKey, key);
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
