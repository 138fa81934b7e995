/**
 * What the report is made of: the little it needs of each FHIR resource. Patients appear as FHIR ids, to pair a
 * prediction with its outcome; no id leaves this room.
 */
import type { AbstentionReason } from '../../assessment/domain/abstention.ts';
import type { EvidenceLevel } from '../../assessment/domain/evidence-level.ts';
import type { Target } from '../../assessment/domain/target.ts';

/** One RiskAssessment: one target of one assessment. */
export interface ResultFact {
  readonly kind: 'result';
  /** `<assessment key>.<target>`. */
  readonly id: string;
  readonly key: string;
  /** Of an assessment made again because further images came (ADR 0007): the key of the first one. */
  readonly firstKey?: string;
  readonly target: Target;
  readonly ensemble: { readonly digest: string; readonly name: string };
  readonly patientId: string;
  readonly imagingStudyId: string;
  readonly assessedAt: Date;
  /** Absent where the chart knows the day alone. */
  readonly ctAt?: Date;
  readonly evidenceLevel: EvidenceLevel;
  readonly said: SaidOfTarget;
}

export type SaidOfTarget =
  | {
      readonly kind: 'estimate';
      readonly probability: number;
      readonly threshold: number;
      readonly call: 'positive' | 'negative';
    }
  | { readonly kind: 'abstained'; readonly reason: AbstentionReason };

/** One answered hook call. */
export interface AnswerFact {
  readonly kind: 'answer';
  readonly at: Date;
  /** Patient and order, so that one order asked about twice is one order; absent where the chart names none. */
  readonly order?: string;
  readonly key?: string;
  /** Absent in events written before it was recorded. */
  readonly decision?: string;
  readonly durationMs?: number;
  /** Cards that were shown; none in shadow mode. */
  readonly cards: readonly string[];
}

export interface FeedbackFact {
  readonly kind: 'feedback';
  readonly at: Date;
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly reason?: string;
}

export interface OutcomeFact {
  readonly kind: 'outcome';
  readonly target: Target;
  readonly patientId: string;
  /** Time of the imaging that showed it. */
  readonly at: Date;
  readonly code: string;
  readonly isPositive: boolean;
  /** The CT that was read. */
  readonly imagingStudyId?: string;
  readonly thrombectomyEnd?: Date;
}

export type Fact = ResultFact | AnswerFact | FeedbackFact | OutcomeFact;

/** A resource that is none of the report's business (unfinished, of another meaning), or cannot be read. */
export type Unused = { readonly kind: 'ignored' } | { readonly kind: 'unreadable' };

export const IGNORED: Unused = { kind: 'ignored' };
export const UNREADABLE: Unused = { kind: 'unreadable' };
