/**
 * Do the site's scores look like the validation's? Two answers that fail differently: the Kolmogorov-Smirnov distance
 * (any difference, with Smirnov's asymptotic p), and the population stability index over fifths of the validation
 * scores. PSI has no scale of its own: between samples of n and m from one population it is about chi-square with
 * (groups - 1) degrees of freedom, times 1/n + 1/m (Yurdakul and Naranjo 2020, doi 10.21314/JRMV.2020.227), so the value that
 * chance alone reaches stands beside it instead of a rule of thumb.
 */
import { chiSquaredDistributionTable, quantileSorted } from 'simple-statistics';

const FIFTHS = [0.2, 0.4, 0.6, 0.8] as const;
/** Added to every group, so that an empty one does not make the index infinite. */
const HALF_A_CASE = 0.5;
/** Terms of Kolmogorov's series; the next one is below 1e-30 from 0.2 on, and below that p is 1. */
const SERIES_TERMS = 100;

export interface Drift {
  readonly reference: number;
  readonly site: number;
  readonly distance: number;
  readonly p: number;
  readonly psi: number;
  /** PSI that chance alone exceeds in 5 of 100 pairs of samples of these sizes. */
  readonly psiByChance: number;
  /** Inner edges of the five groups, and how many of the site's scores fall into each. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Undefined where the reference scores are too alike to be cut into fifths. */
export function measureDrift(reference: readonly number[], site: readonly number[]): Drift | undefined {
  const [first, second] = [reference.toSorted((a, b) => a - b), site.toSorted((a, b) => a - b)];
  const edges = FIFTHS.map((share) => quantileSorted(first, share));
  if (new Set(edges).size < edges.length) return undefined;
  const [expected, counts] = [countGroups(first, edges), countGroups(second, edges)];
  const distance = measureDistance(first, second);
  const chiSquare = chiSquaredDistributionTable[FIFTHS.length][0.05];
  return {
    reference: first.length,
    site: second.length,
    distance,
    p: toKolmogorovP(distance * Math.sqrt((first.length * second.length) / (first.length + second.length))),
    psi: measureStability(expected, counts),
    psiByChance: chiSquare * (1 / first.length + 1 / second.length),
    edges,
    counts,
  };
}

function countGroups(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const group = edges.filter((edge) => value > edge).length;
    counts[group] = (counts[group] ?? 0) + 1;
  }
  return counts;
}

function measureStability(expected: readonly number[], found: readonly number[]): number {
  const toShares = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, count) => sum + count + HALF_A_CASE, 0);
    return counts.map((count) => (count + HALF_A_CASE) / total);
  };
  const [p, q] = [toShares(expected), toShares(found)];
  return p.reduce((sum, share, group) => {
    const other = q[group] ?? share;
    return sum + (other - share) * Math.log(other / share);
  }, 0);
}

/** Largest distance between the two empirical distribution functions of ascending lists. */
function measureDistance(first: readonly number[], second: readonly number[]): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < first.length && j < second.length) {
    const value = Math.min(first[i] ?? Infinity, second[j] ?? Infinity);
    while (i < first.length && (first[i] ?? Infinity) <= value) i += 1;
    while (j < second.length && (second[j] ?? Infinity) <= value) j += 1;
    largest = Math.max(largest, Math.abs(i / first.length - j / second.length));
  }
  return largest;
}

function toKolmogorovP(scaled: number): number {
  if (scaled < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= SERIES_TERMS; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k ** 2 * scaled ** 2);
  return Math.min(1, Math.max(0, sum));
}
