/**
 * Several networks' calibrated probabilities -> one, or why there is none: they disagree, or it lies where neither
 * call holds. The rule for patients and, for a site's drift, for the validation cases alike.
 */
import { combineProbabilities, measureDisagreement } from './combine.ts';
import { abstain, type Abstention } from './domain/abstention.ts';
import type { EnsembleContract, TargetContract } from './domain/model-contract.ts';

export type CombinedOpinions =
  { readonly kind: 'combined'; readonly probability: number; readonly threshold: number } | Abstention;

/** One probability and one contract per network, in the same order. */
export function combineOpinions(
  probabilities: readonly number[],
  contracts: readonly Pick<TargetContract, 'abstentionBand' | 'threshold'>[],
  combination: EnsembleContract['combination'],
): CombinedOpinions {
  const disagreement = measureDisagreement(probabilities);
  if (disagreement > combination.maximumDisagreement) {
    return abstain(
      'networks-disagree',
      `The networks differ by ${toPercent(disagreement)} points; more than ${toPercent(combination.maximumDisagreement)} is not reported.`,
    );
  }
  const probability = combineProbabilities(probabilities);
  const lower = mean(contracts.map((contract) => contract.abstentionBand.lower));
  const upper = mean(contracts.map((contract) => contract.abstentionBand.upper));
  if (probability > lower && probability < upper) {
    return abstain(
      'probability-indeterminate',
      `The combined probability lies between ${toPercent(lower)} and ${toPercent(upper)}%, where neither answer holds.`,
    );
  }
  return {
    kind: 'combined',
    probability,
    threshold: mean(contracts.map((contract) => contract.threshold.probability)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function toPercent(share: number): string {
  return (share * 100).toFixed(0);
}
