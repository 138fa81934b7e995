/**
 * A published figure as a number with a variance on the scale it is pooled on, and back. Proportions and areas under
 * the curve on the logit scale, odds ratios on the log scale: there the normal model of a random-effects pool holds
 * better, and every interval stays inside 0 to 1 or above 0.
 */
import type { Fact, Question } from './study-schema.ts';

export interface EffectSize {
  /** On the analysis scale. */
  readonly yi: number;
  readonly vi: number;
}

/** Two-sided 95 % of the standard normal. */
const Z95 = 1.959963984540054;

/** undefined where what was published gives no variance. */
export function toEffectSize(fact: Fact): EffectSize | undefined {
  if (fact.kind === 'proportion') return fromCounts(fact.events, fact.n);
  if (fact.kind === 'odds-ratio') {
    const { estimate, lower, upper, isInverse } = fact;
    if (lower === undefined || upper === undefined) return undefined;
    return { yi: Math.log(estimate) * (isInverse === true ? -1 : 1), vi: toVariance(Math.log(lower), Math.log(upper)) };
  }
  const yi = toLogit(fact.auc);
  if (fact.lower !== undefined && fact.upper !== undefined) {
    return { yi, vi: toVariance(toLogit(fact.lower), toLogit(fact.upper)) };
  }
  if (fact.positives === undefined || fact.n === undefined) return undefined;
  const standardError = toAucStandardError(fact.auc, fact.positives, fact.n - fact.positives);
  return { yi, vi: (standardError / (fact.auc * (1 - fact.auc))) ** 2 };
}

/** Logit of events out of n with its large-sample variance 1/events + 1/(n - events); none without events or without others. */
function fromCounts(events: number, n: number): EffectSize | undefined {
  const others = n - events;
  if (events === 0 || others <= 0) return undefined;
  return { yi: Math.log(events / others), vi: 1 / events + 1 / others };
}

/** Variance behind a published 95 % interval that is symmetric on the analysis scale. */
function toVariance(lower: number, upper: number): number {
  return ((upper - lower) / (2 * Z95)) ** 2;
}

/**
 * Standard error of an area under the ROC curve from the area and the two counts: Hanley JA, McNeil BJ. Radiology
 * 1982;143:29-36, doi 10.1148/radiology.143.1.7063747.
 */
export function toAucStandardError(area: number, positives: number, negatives: number): number {
  const q1 = area / (2 - area);
  const q2 = (2 * area ** 2) / (1 + area);
  const variance =
    (area * (1 - area) + (positives - 1) * (q1 - area ** 2) + (negatives - 1) * (q2 - area ** 2)) /
    (positives * negatives);
  return Math.sqrt(variance);
}

/** From the analysis scale to what people read: proportion, odds ratio or area. */
export function fromAnalysisScale(measure: Question['measure'], value: number): number {
  return measure === 'odds-ratio' ? Math.exp(value) : 1 / (1 + Math.exp(-value));
}

function toLogit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** Estimate and 95 % interval of one study on the scale people read: the published interval where there is one. */
export function toReadable(fact: Fact, { yi, vi }: EffectSize): readonly [number, number, number] {
  const half = Z95 * Math.sqrt(vi);
  const computed = [yi, yi - half, yi + half].map((value) => fromAnalysisScale(fact.kind, value));
  const [estimate = 0, lower = 0, upper = 0] = computed;
  if (fact.kind === 'proportion' || fact.lower === undefined || fact.upper === undefined) {
    return [estimate, lower, upper];
  }
  const isInverse = fact.kind === 'odds-ratio' && fact.isInverse === true;
  return isInverse ? [estimate, 1 / fact.upper, 1 / fact.lower] : [estimate, fact.lower, fact.upper];
}
