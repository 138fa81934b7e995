/**
 * Which outcome belongs to which result. The reading of a CT belongs to that very CT; a hemorrhage after thrombectomy
 * to the last CT before its end; a collateral grade to the plain CT nearest to the angiography; both no further away
 * than the site lets a CT answer an order. One pair per patient: intervals take patients as independent.
 */
import type { Target } from '../../assessment/domain/target.ts';
import type { OutcomeFact, ResultFact } from '../facts/fact.ts';
import { OUTCOME_CODES } from '../facts/outcome-codes.ts';
import { UNPLACED_REASONS, type UnplacedReason } from './site-report.ts';

export interface PairingRule {
  readonly target: Target;
  readonly maximumCtAgeHours: number;
  /** When each assessment's CT was made, by assessment key. */
  readonly ctTimes: ReadonlyMap<string, Date>;
}

export interface Pair {
  readonly result: ResultFact;
  readonly isPositive: boolean;
}

export interface PairedOutcomes {
  readonly pairs: readonly Pair[];
  readonly unplaced: Readonly<Record<UnplacedReason, number>>;
}

const HOUR_MS = 3_600_000;

interface Placed {
  readonly outcome: OutcomeFact;
  readonly result: ResultFact;
}

export function pairOutcomes(
  outcomes: readonly OutcomeFact[],
  results: readonly ResultFact[],
  rule: PairingRule,
): PairedOutcomes {
  const unplaced = Object.fromEntries(UNPLACED_REASONS.map((reason) => [reason, 0])) as Record<UnplacedReason, number>;
  const byPatient = Map.groupBy(results, ({ patientId }) => patientId);
  const placed: Placed[] = [];
  for (const outcome of outcomes.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const found = place(outcome, byPatient.get(outcome.patientId) ?? [], rule);
    if (typeof found === 'string') unplaced[found] += 1;
    else placed.push({ outcome, result: found });
  }
  const pairs: Pair[] = [];
  const patients = new Set<string>();
  for (const entries of Map.groupBy(placed, ({ result }) => result.id).values()) {
    const pair = settle(entries, rule.target);
    if (!pair) unplaced.contradicted += entries.length;
    else if (patients.has(pair.result.patientId)) unplaced['patient-again'] += 1;
    else {
      patients.add(pair.result.patientId);
      pairs.push(pair);
    }
  }
  return { pairs, unplaced };
}

function place(outcome: OutcomeFact, results: readonly ResultFact[], rule: PairingRule): ResultFact | UnplacedReason {
  if (rule.target === 'ich-present') {
    return results.find((one) => one.imagingStudyId === outcome.imagingStudyId) ?? 'no-result';
  }
  if (rule.target === 'poor-collaterals') return findNearest(outcome.at, results, rule) ?? 'no-result';
  const { thrombectomyEnd } = outcome;
  if (!thrombectomyEnd) return 'thrombectomy-end-missing';
  if (!isInsideWindow(outcome, thrombectomyEnd)) return 'outside-window';
  const before = results.filter(
    (one) => (rule.ctTimes.get(one.key)?.getTime() ?? Infinity) <= thrombectomyEnd.getTime(),
  );
  return findNearest(thrombectomyEnd, before, rule) ?? 'no-result';
}

/** What is seen by the end of the window happened within it; what is not seen is known only inside it. */
function isInsideWindow({ at, isPositive }: OutcomeFact, end: Date): boolean {
  const hours = (at.getTime() - end.getTime()) / HOUR_MS;
  const { fromHours, untilHours } = OUTCOME_CODES.window;
  return hours <= untilHours && (isPositive ? hours >= 0 : hours >= fromHours);
}

function findNearest(at: Date, results: readonly ResultFact[], rule: PairingRule): ResultFact | undefined {
  const near = results.flatMap((result) => {
    const ctAt = rule.ctTimes.get(result.key);
    const hours = ctAt ? Math.abs(ctAt.getTime() - at.getTime()) / HOUR_MS : Infinity;
    return hours <= rule.maximumCtAgeHours ? [{ result, hours }] : [];
  });
  return near.toSorted((a, b) => a.hours - b.hours)[0]?.result;
}

/** Two follow-ups of one thrombectomy: any hemorrhage counts. Two readings of one CT must agree. */
function settle(entries: readonly Placed[], target: Target): Pair | undefined {
  const [first] = entries;
  if (!first) return undefined;
  const hasPositive = entries.some(({ outcome }) => outcome.isPositive);
  const hasNegative = entries.some(({ outcome }) => !outcome.isPositive);
  if (hasPositive && hasNegative && target !== 'ich-after-evt') return undefined;
  return { result: first.result, isPositive: hasPositive };
}
