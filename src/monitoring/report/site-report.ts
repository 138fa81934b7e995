/**
 * The report as one plain value: what both the page and the trial's file are drawn from. Counts of what the service
 * did are exact; everything about patients' outcomes is given for groups of at least `MINIMUM_GROUP`, or not at all
 * (ADR 0096). Nothing in it names a patient, a clinician or an order.
 */
import type { AbstentionReason } from '../../assessment/domain/abstention.ts';
import type { EvidenceLevel } from '../../assessment/domain/evidence-level.ts';
import type { Target } from '../../assessment/domain/target.ts';
import type { Source } from '../facts/collect-facts.ts';
import type { Calibration } from '../statistics/calibration.ts';
import type { Drift } from '../statistics/drift.ts';
import type { Proportion } from '../statistics/proportion.ts';
import type { Ranking } from '../statistics/ranking.ts';

/** Fewer patients than this are no group: no share, no interval, no row. */
export const MINIMUM_GROUP = 10;
/** On each side of a comparison of distributions: four expected in each fifth. Below, chi-square limits mean nothing. */
export const MINIMUM_FOR_DRIFT = 20;

export interface TooFew {
  readonly kind: 'too-few';
  readonly needed: number;
}

export const ANSWER_GROUPS = ['number', 'no-number', 'pending', 'failed', 'no-ct', 'not-recorded'] as const;
export type AnswerGroup = (typeof ANSWER_GROUPS)[number];

export interface Interval {
  /** First day of a week where the period is long. */
  readonly day: string;
  readonly counts: Readonly<Record<AnswerGroup, number>>;
}

export interface Durations {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly longestMs: number;
}

export interface Activity {
  /** Answered hook calls, and the orders they were about. */
  readonly calls: number;
  readonly orders: number;
  readonly shown: number;
  readonly groups: Readonly<Record<AnswerGroup, number>>;
  readonly step: 'day' | 'week';
  readonly intervals: readonly Interval[];
  /** Which card, shown or (in shadow mode) not. */
  readonly cards: readonly { readonly decision: string; readonly calls: number; readonly shown: number }[];
  /** From the call's arrival to its answer. */
  readonly answering?: Durations;
  /** From the first call that was told to wait to the result in the chart. */
  readonly resulting?: Durations;
  /** Calls that were told to wait and whose result is not in the chart. */
  readonly resultsMissing: number;
  /** From the CT to the result. */
  readonly assessing?: Durations;
}

export interface Feedback {
  readonly shown: number;
  readonly accepted: number;
  readonly overridden: Proportion | TooFew;
  readonly overriddenCount: number;
  readonly reasons: readonly { readonly code: string; readonly count: number }[];
  /** Feedback about cards that were not shown in the period. */
  readonly elsewhere: number;
}

/** One target's results, each CT counted once. */
export interface Results {
  readonly studies: number;
  readonly estimates: number;
  readonly positive: number;
  readonly reasons: readonly { readonly reason: AbstentionReason; readonly count: number }[];
}

export interface Scores {
  readonly kind: 'scores';
  readonly estimates: number;
  /** Estimates per tenth of the probability scale, lowest first; and of the validation, where it is known. */
  readonly tenths: readonly number[];
  readonly reference?: { readonly tenths: readonly number[]; readonly cases: number; readonly data: string };
  readonly threshold: number;
  readonly drift:
    | ({ readonly kind: 'drift' } & Drift)
    | TooFew
    | { readonly kind: 'no-reference' }
    | { readonly kind: 'flat-reference' };
}

export interface Agreement {
  readonly kind: 'agreement';
  readonly calibration: Calibration;
  readonly ranking: Ranking | TooFew;
  /** Called positive among those with the event; called negative among those without. */
  readonly sensitivity: Proportion | TooFew;
  readonly specificity: Proportion | TooFew;
}

export interface Outcomes {
  /** Patients with an outcome that belongs to a CT of the period; undefined while fewer than a group. */
  readonly paired?: number;
  readonly withEstimate?: number;
  /** Left out, with the reason; counts of a few entries are counts of data entry, not of patients' findings. */
  readonly unplaced: Readonly<Record<UnplacedReason, number>>;
  readonly agreement: Agreement | TooFew;
}

export const UNPLACED_REASONS = [
  'no-result',
  'thrombectomy-end-missing',
  'outside-window',
  'patient-again',
  'contradicted',
] as const;
export type UnplacedReason = (typeof UNPLACED_REASONS)[number];

export interface TargetReport {
  readonly target: Target;
  /** Of the networks that are loaded. */
  readonly evidenceLevel: EvidenceLevel;
  readonly results: Results;
  /** Numbers of weaker evidence than asked for are left out whole. */
  readonly numbers:
    | { readonly kind: 'withheld' }
    | { readonly kind: 'shown'; readonly scores: Scores | TooFew; readonly outcomes: Outcomes };
}

export interface SiteReport {
  readonly madeAt: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly timeZone: string;
  readonly minimumEvidence: EvidenceLevel;
  readonly ensemble: { readonly id: string; readonly version: string; readonly digest: string };
  /** Results of other model versions in the period: counted, and left out of everything else. */
  readonly otherVersions: readonly { readonly name: string; readonly digest: string; readonly studies: number }[];
  readonly activity: Activity;
  readonly feedback: Feedback;
  readonly targets: readonly TargetReport[];
  readonly sources: readonly Source[];
}
