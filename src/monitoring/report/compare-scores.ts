/**
 * The site's estimates against those the ensemble would have recorded on the validation cases: the same combination,
 * the same disagreement limit, the same band in which nothing is called. Comparing recorded estimates with all
 * validation scores would find a drift that is only the band.
 */
import type { ResultFact } from '../facts/fact.ts';
import { measureDrift } from '../statistics/drift.ts';
import type { ReferenceScores } from './reference-scores.ts';
import { MINIMUM_FOR_DRIFT, MINIMUM_GROUP, type Scores, type TooFew } from './site-report.ts';

const TENTHS = 10;

export function compareScores(results: readonly ResultFact[], reference: ReferenceScores | undefined): Scores | TooFew {
  const estimates = results.flatMap(({ said }) => (said.kind === 'estimate' ? [said] : []));
  const [first] = estimates;
  if (first === undefined || estimates.length < MINIMUM_GROUP) return { kind: 'too-few', needed: MINIMUM_GROUP };
  const probabilities = estimates.map(({ probability }) => probability);
  return {
    kind: 'scores',
    estimates: estimates.length,
    tenths: countTenths(probabilities),
    ...(reference && {
      reference: {
        tenths: countTenths(reference.probabilities),
        cases: reference.probabilities.length,
        data: reference.data,
      },
    }),
    threshold: first.threshold,
    drift: judgeDrift(probabilities, reference),
  };
}

function judgeDrift(probabilities: readonly number[], reference: ReferenceScores | undefined): Scores['drift'] {
  if (!reference) return { kind: 'no-reference' };
  if (Math.min(probabilities.length, reference.probabilities.length) < MINIMUM_FOR_DRIFT) {
    return { kind: 'too-few', needed: MINIMUM_FOR_DRIFT };
  }
  const drift = measureDrift(reference.probabilities, probabilities);
  return drift ? { kind: 'drift', ...drift } : { kind: 'flat-reference' };
}

function countTenths(probabilities: readonly number[]): number[] {
  const counts = new Array<number>(TENTHS).fill(0);
  for (const probability of probabilities) {
    const tenth = Math.min(TENTHS - 1, Math.floor(probability * TENTHS));
    counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  return counts;
}
