/**
 * Observed against predicted, in groups of equal size from the lowest probability up: as many groups as leave
 * `minimumGroup` patients in each, and no more than ten. Groups by size keep every interval readable; groups by
 * width would leave most of them empty at a site's numbers.
 */
import { mean } from 'simple-statistics';
import { toProportion, type Proportion } from './proportion.ts';
import type { ScoredOutcome } from './ranking.ts';

const MOST_GROUPS = 10;

export interface CalibrationGroup {
  /** Mean probability that was given. */
  readonly predicted: number;
  readonly observed: Proportion;
}

export interface Calibration {
  /** Over all: how many events were expected, and how many there were. */
  readonly predicted: number;
  readonly observed: Proportion;
  /** Mean squared difference of probability and outcome (Brier 1950). */
  readonly brier: number;
  readonly groups: readonly CalibrationGroup[];
}

/** `outcomes` must hold at least `minimumGroup`. */
export function groupOutcomes(outcomes: readonly ScoredOutcome[], minimumGroup: number): Calibration {
  const ascending = outcomes.toSorted((a, b) => a.probability - b.probability);
  const count = Math.max(1, Math.min(MOST_GROUPS, Math.floor(ascending.length / minimumGroup)));
  return {
    ...toGroup(ascending),
    brier: mean(ascending.map(({ probability, isPositive }) => (probability - Number(isPositive)) ** 2)),
    groups: splitEvenly(ascending, count).map(toGroup),
  };
}

function toGroup(outcomes: readonly ScoredOutcome[]): CalibrationGroup {
  const events = outcomes.filter((one) => one.isPositive).length;
  return {
    predicted: mean(outcomes.map((one) => one.probability)),
    observed: toProportion(events, outcomes.length),
  };
}

/** The first groups are one larger where the number does not divide. */
function splitEvenly<Item>(items: readonly Item[], count: number): Item[][] {
  const [size, larger] = [Math.floor(items.length / count), items.length % count];
  return Array.from({ length: count }, (_, index) => {
    const from = index * size + Math.min(index, larger);
    return items.slice(from, from + size + (index < larger ? 1 : 0));
  });
}
