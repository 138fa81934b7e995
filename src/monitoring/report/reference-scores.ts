/**
 * What the ensemble would have recorded on the cases it was validated on: the same combination, the same disagreement
 * limit. Networks may have been validated on different cases (one on a fold, one on all folds); those that all of them
 * saw count.
 */
import { combineOpinions } from '../../assessment/combine-opinions.ts';
import type { EnsembleContract, ValidationScores } from '../../assessment/domain/model-contract.ts';
import type { Target } from '../../assessment/domain/target.ts';

export interface ReferenceScores {
  /** Combined probabilities of the cases that would have got an estimate. */
  readonly probabilities: readonly number[];
  readonly data: string;
}

/** Undefined where no case is known to have been scored by every network. */
export function findReference(ensemble: EnsembleContract, target: Target): ReferenceScores | undefined {
  const contracts = ensemble.networks.flatMap((network) => network.targets.filter((one) => one.target === target));
  const scores = contracts.flatMap((contract) => contract.scores ?? []);
  if (!scores.length || scores.length < ensemble.networks.length) return undefined;
  const rows = alignCases(scores);
  if (!rows.length) return undefined;
  const probabilities = rows.flatMap((row) => {
    const opinions = scores.map((one, network) => one.probabilities[row[network] ?? -1] ?? Number.NaN);
    const combined = combineOpinions(opinions, contracts, ensemble.combination);
    return combined.kind === 'combined' ? [combined.probability] : [];
  });
  return { probabilities, data: [...new Set(scores.map((one) => one.data))].join(' | ') };
}

/** Per case that all lists hold: its row in each of them. None where two lists disagree about a truth. */
function alignCases(scores: readonly ValidationScores[]): number[][] {
  const isSameDeal = scores.every((one) => one.cases && one.cases.deal === scores[0]?.cases?.deal);
  const rows = isSameDeal ? alignByFold(scores) : alignByOrder(scores);
  const isTold = (row: number[]): boolean =>
    new Set(scores.map((one, place) => one.truth[row[place] ?? -1])).size === 1;
  return rows.every(isTold) ? rows : [];
}

/** Of patients dealt alike, the nth case of a fold is the same case in every list. */
function alignByFold(scores: readonly ValidationScores[]): number[][] {
  const places = scores.map(({ cases }) => numberWithinFolds(cases?.folds ?? []));
  return [...(places[0]?.keys() ?? [])].flatMap((name) => {
    const row = places.flatMap((place) => place.get(name) ?? []);
    return row.length === places.length ? [row] : [];
  });
}

/** Fold and number within it -> row. */
function numberWithinFolds(folds: readonly number[]): Map<string, number> {
  const counts = new Map<number, number>();
  return new Map(
    folds.map((fold, row) => {
      const number = counts.get(fold) ?? 0;
      counts.set(fold, number + 1);
      return [`${fold}.${number}`, row];
    }),
  );
}

/** Lists that do not say which cases they are of line up when they are of the same data. */
function alignByOrder(scores: readonly ValidationScores[]): number[][] {
  const isSameData = scores.every((one) => one.data === scores[0]?.data && one.truth.length === scores[0].truth.length);
  return isSameData ? (scores[0]?.truth.map((_, row) => scores.map(() => row)) ?? []) : [];
}
