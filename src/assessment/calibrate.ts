/**
 * From a network's study logit to a calibrated probability, exactly as its contract says.
 * Knows no disease and no threshold; those are decide.ts's matter.
 */
import type { Calibration } from './domain/model-contract.ts';

/** Keeps logits finite when a probability reaches 0 or 1. */
const PROBABILITY_FLOOR = 1e-6;

export function toProbability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

export function toLogit(probability: number): number {
  const bounded = Math.min(1 - PROBABILITY_FLOOR, Math.max(PROBABILITY_FLOOR, probability));
  return Math.log(bounded / (1 - bounded));
}

/** Calibrated probability (0-1) of a pooled study logit. */
export function calibrate(logit: number, calibration: Calibration): number {
  switch (calibration.method) {
    case 'logistic':
      return toProbability(calibration.slope * logit + calibration.intercept);
    case 'isotonic':
      return interpolate(logit, calibration.logits, calibration.probabilities);
    case 'none':
      return toProbability(logit);
  }
}

/** The calibrated probability under each refit on resampled patients; empty where the contract has none. */
export function calibrateSpread(logit: number, calibration: Calibration): readonly number[] {
  if (calibration.method !== 'logistic') return [];
  return calibration.bootstrap.map(([slope, intercept]) => toProbability(slope * logit + intercept));
}

/** Piecewise linear between the knots (ascending logits), constant beyond the ends. */
function interpolate(at: number, knots: readonly number[], values: readonly number[]): number {
  const next = knots.findIndex((knot) => knot >= at);
  if (next === 0) return values[0] ?? Number.NaN;
  if (next < 0) return values.at(-1) ?? Number.NaN;
  const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [knots[next - 1], knots[next], values[next - 1], values[next]];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
