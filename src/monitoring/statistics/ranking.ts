/**
 * Area under the ROC curve with DeLong's variance (DeLong 1988, doi 10.2307/2531595) in the midrank form of Sun and Xu
 * (2014, doi 10.1109/LSP.2014.2337313); the interval is taken on the logit scale so that it stays inside 0 to 1 (Pepe
 * 2003, 5.2). One row per patient: rows of one patient twice would make it too narrow.
 */
import { mean, sampleVariance } from 'simple-statistics';
import { Z_95 } from './normal.ts';

export interface Ranking {
  readonly positives: number;
  readonly negatives: number;
  readonly auc: number;
  /** Absent where every positive ranks alike (AUC 0, 1, or no variance): a width of zero would claim certainty. */
  readonly interval?: { readonly lower: number; readonly upper: number };
}

export interface ScoredOutcome {
  readonly probability: number;
  readonly isPositive: boolean;
}

/** At least two of each class, or the variance is not defined. */
export function rankOutcomes(outcomes: readonly ScoredOutcome[]): Ranking {
  const positive = outcomes.filter((one) => one.isPositive).map((one) => one.probability);
  const negative = outcomes.filter((one) => !one.isPositive).map((one) => one.probability);
  const [m, n] = [positive.length, negative.length];
  const ranks = toMidranks([...positive, ...negative]);
  const [within, without] = [toMidranks(positive), toMidranks(negative)];
  // How often each positive wins against the negatives, and each negative loses against the positives.
  const wins = positive.map((_, index) => ((ranks[index] ?? 0) - (within[index] ?? 0)) / n);
  const losses = negative.map((_, index) => 1 - ((ranks[m + index] ?? 0) - (without[index] ?? 0)) / m);
  const auc = mean(wins);
  const variance = sampleVariance(wins) / m + sampleVariance(losses) / n;
  return { positives: m, negatives: n, auc, ...toInterval(auc, variance) };
}

function toInterval(auc: number, variance: number): Pick<Ranking, 'interval'> {
  if (variance === 0 || auc <= 0 || auc >= 1) return {};
  const centre = Math.log(auc / (1 - auc));
  const half = (Z_95 * Math.sqrt(variance)) / (auc * (1 - auc));
  return { interval: { lower: toShare(centre - half), upper: toShare(centre + half) } };
}

function toShare(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** Ranks from 1; equal values share the mean of their ranks. */
function toMidranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at] ?? 0] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
