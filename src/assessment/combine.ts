/**
 * Two networks, one probability: the mean of the calibrated logits (the ensemble's only rule so far), with the
 * interval that the calibrations' own spread allows. It says how sure the calibration is, not how sure medicine is.
 */
import { toLogit, toProbability } from './calibrate.ts';

/** Central coverage of every interval this service states. */
export const INTERVAL_COVERAGE = 0.95;

/** Fewer refits than this say nothing about a 95 % interval. */
const MINIMUM_REFITS = 40;

export function combineProbabilities(probabilities: readonly number[]): number {
  const mean = probabilities.reduce((sum, probability) => sum + toLogit(probability), 0) / probabilities.length;
  return toProbability(mean);
}

/** Largest difference between any two opinions. */
export function measureDisagreement(probabilities: readonly number[]): number {
  return Math.max(...probabilities) - Math.min(...probabilities);
}

/**
 * @param spreads one list of refitted probabilities per network
 * @returns the central interval of the combined probability, or undefined when a network has too few refits
 */
export function combineIntervals(
  spreads: readonly (readonly number[])[],
): { lower: number; upper: number; coverage: number } | undefined {
  const refits = Math.min(...spreads.map((spread) => spread.length));
  if (!Number.isFinite(refits) || refits < MINIMUM_REFITS) return undefined;
  const combined = Array.from({ length: refits }, (_, index) =>
    combineProbabilities(spreads.map((spread) => spread[index] ?? Number.NaN)),
  ).sort((a, b) => a - b);
  const tail = (1 - INTERVAL_COVERAGE) / 2;
  return { lower: quantile(combined, tail), upper: quantile(combined, 1 - tail), coverage: INTERVAL_COVERAGE };
}

/** Linear-interpolation quantile (Hyndman and Fan type 7) of an ascending list. */
function quantile(ascending: readonly number[], share: number): number {
  const position = share * (ascending.length - 1);
  const below = ascending[Math.floor(position)] ?? Number.NaN;
  const above = ascending[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
