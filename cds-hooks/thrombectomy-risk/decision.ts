/**
 * What policy.ts decides, before anybody words it: which card, how urgent, and what may be said about each target.
 */
import type { AbstentionReason } from '../../src/assessment/domain/abstention.ts';
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { Estimate } from '../../src/assessment/domain/finding.ts';
import type { Target } from '../../src/assessment/domain/target.ts';

/** Each is a section of cards.md. */
export const CARD_IDS = [
  'stop-gate',
  'raised-hemorrhage',
  'raised-collaterals',
  'raised-both',
  'raised-hemorrhage-unchecked',
  'raised-collaterals-unchecked',
  'raised-both-unchecked',
  'forecast',
  'forecast-unchecked',
  'no-hemorrhage-flagged',
  'partial',
  'withheld',
  'abstained',
  'no-statement',
  'running',
  'waiting',
  'delayed',
  'failed',
  'overloaded',
  'no-ct',
] as const;

export type CardId = (typeof CARD_IDS)[number];

/** About one target: the number, or why there is none. */
export type Statement =
  | { readonly say: 'number'; readonly target: Target; readonly estimate: Estimate }
  | { readonly say: 'withheld'; readonly target: Target; readonly evidenceLevel: EvidenceLevel }
  | {
      readonly say: 'abstained';
      readonly target: Target;
      readonly reason: AbstentionReason;
      readonly detail: string;
    };

export interface Decision {
  readonly card: CardId;
  readonly indicator: 'info' | 'warning' | 'critical';
  readonly statements: readonly Statement[];
}
