/**
 * One finding as the page shows it: number, interval and base rate on one scale, agreement, evidence in words; or
 * what was withheld and why. Percent exists only here and in the browser.
 */
import type { AbstentionReason } from '../assessment/domain/abstention.ts';
import type { EvidenceLevel } from '../assessment/domain/evidence-level.ts';
import type { Finding, StudyAssessment } from '../assessment/domain/finding.ts';
import type { Target } from '../assessment/domain/target.ts';
import type { PageTexts } from './page-texts.ts';

/** What usually happens: a pool of the published evidence (evidence/), as cds-hooks/thrombectomy-risk reads it. */
export type BaseRate =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'pooled';
      readonly percent: number;
      readonly lowPercent: number;
      readonly highPercent: number;
      /** Where a further hospital's own rate is expected with 95 %: the band on the scale. */
      readonly expectedLowPercent: number;
      readonly expectedHighPercent: number;
      readonly studies: readonly string[];
      readonly patients: number;
    };

export type BaseRates = Readonly<Record<Target, BaseRate>>;

interface FindingHead {
  readonly target: Target;
  readonly title: string;
  readonly question: string;
  readonly evidenceLevel: EvidenceLevel;
  readonly evidenceWords: string;
  readonly baseRate: BaseRate;
}

export type FindingView =
  | (FindingHead & {
      readonly kind: 'estimate';
      readonly words: string;
      readonly call: 'positive' | 'negative';
      readonly percent: number;
      readonly interval?: { readonly lower: number; readonly upper: number; readonly coveragePercent: number };
      readonly thresholdPercent: number;
      readonly opinions: readonly { readonly displayName: string; readonly percent: number }[];
      /** Largest difference between two networks, in percentage points. */
      readonly spreadPoints: number;
      readonly drivingSlices: readonly number[];
    })
  | (FindingHead & {
      readonly kind: 'abstained';
      readonly reason: string;
      readonly reasonWords: string;
      readonly detail: string;
      /** True where the networks gave a number that must not be shown: no map and no slice either. */
      readonly isWithheld: boolean;
      /** The networks ran and may be looked at: they disagree, or it is too close to call. */
      readonly hasMaps: boolean;
    });

/** Reasons that come after the networks have answered; all others mean that there is nothing to see. */
const AFTER_THE_NETWORKS: readonly AbstentionReason[] = ['networks-disagree', 'probability-indeterminate'];

/** Reasons for which a number that exists is not shown. */
const WITHHELD: readonly AbstentionReason[] = ['evidence-too-low', 'hemorrhage-present', 'withdrawn'];

export function toFindingView(
  finding: Finding,
  ensemble: StudyAssessment['ensemble'],
  baseRates: BaseRates,
  texts: PageTexts,
): FindingView {
  const words = texts.targets[finding.target];
  const head = {
    target: finding.target,
    title: words.title,
    question: words.question,
    evidenceLevel: finding.evidenceLevel,
    evidenceWords: texts.evidenceLevels[finding.evidenceLevel],
    baseRate: baseRates[finding.target],
  };
  if (finding.kind === 'abstained') {
    return {
      ...head,
      kind: 'abstained',
      reason: finding.reason,
      reasonWords: texts.reasons[finding.reason],
      detail: finding.detail,
      isWithheld: isWithheld(finding),
      hasMaps: AFTER_THE_NETWORKS.includes(finding.reason),
    };
  }
  const opinions = finding.opinions.map(({ network, probability }) => ({
    displayName: ensemble.networks.find((one) => one.network === network)?.displayName ?? network,
    percent: toPercent(probability),
  }));
  const percents = opinions.map((opinion) => opinion.percent);
  const { interval } = finding;
  return {
    ...head,
    kind: 'estimate',
    words: words[finding.call],
    call: finding.call,
    percent: toPercent(finding.probability),
    ...(interval && {
      interval: {
        lower: toPercent(interval.lower),
        upper: toPercent(interval.upper),
        coveragePercent: toPercent(interval.coverage),
      },
    }),
    thresholdPercent: toPercent(finding.threshold),
    opinions,
    spreadPoints: percents.length === 0 ? 0 : Math.max(...percents) - Math.min(...percents),
    drivingSlices: finding.drivingSlices,
  };
}

/** What is withheld is withheld whole: no number, no map, no slice. */
export function isWithheld(finding: Finding): boolean {
  return finding.kind === 'abstained' && WITHHELD.includes(finding.reason);
}

/** Rounded once, where it is said: a number rounded twice would differ from the card's (76.46 is 76, not 77). */
function toPercent(share: number): number {
  return Math.round(share * 1e6) / 1e4;
}
