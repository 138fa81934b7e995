/**
 * What is said about one target, and the whole assessment of one study.
 * Probabilities are 0-1 here; percent exists only at the FHIR and card edges.
 */
import type { AbstentionReason } from './abstention.ts';
import type { CtReport, CtStudy, HeldSeries } from './ct-study.ts';
import type { EvidenceLevel } from './evidence-level.ts';
import type { Target } from './target.ts';

export interface NetworkOpinion {
  readonly network: string;
  /** Calibrated probability, 0-1. */
  readonly probability: number;
}

export interface Estimate {
  readonly kind: 'estimate';
  readonly target: Target;
  readonly evidenceLevel: EvidenceLevel;
  /** Combined calibrated probability, 0-1. */
  readonly probability: number;
  /** Central interval of the calibration's spread; absent where the contract has none. */
  readonly interval?: { readonly lower: number; readonly upper: number; readonly coverage: number };
  readonly threshold: number;
  readonly call: 'positive' | 'negative';
  readonly opinions: readonly NetworkOpinion[];
  /** Slices that drove the estimate, strongest first: index into the volume (0 = lowest). */
  readonly drivingSlices: readonly number[];
}

export interface AbstainedFinding {
  readonly kind: 'abstained';
  readonly target: Target;
  readonly evidenceLevel: EvidenceLevel;
  readonly reason: AbstentionReason;
  readonly detail: string;
}

export type Finding = Estimate | AbstainedFinding;

/** A study that was assessed again by the same networks because images came later. */
export interface Revision {
  /** 1 for the second assessment of the study. */
  readonly number: number;
  /** Key of its first assessment: what they all share. */
  readonly firstKey: string;
}

/** One study, one ensemble: everything that is recorded, and nothing that identifies more than it must. */
export interface StudyAssessment {
  /** Deterministic: SHA-256 of study UID, ensemble digest, evidence rule and revision (64 hex characters). */
  readonly key: string;
  /** Absent for the first assessment of a study; present where images came after an earlier one (ADR 0007). */
  readonly revision?: Revision;
  readonly patientId: string;
  readonly imagingStudyId: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid?: string;
  readonly studyStartedAt: string;
  /** As in CtStudy: the chart knows the day alone. */
  readonly startedPrecision?: 'day';
  readonly studyChoiceReason: string;
  /** What the chart listed of the study when it was read for this; absent in what was written before ADR 0007. */
  readonly listedSeries?: CtStudy['series'];
  /** What the archive held when the analysis began; absent where it could not be asked, or in what is older than this. */
  readonly heldSeries?: readonly HeldSeries[];
  readonly ensemble: {
    readonly id: string;
    readonly version: string;
    readonly digest: string;
    readonly networks: readonly {
      readonly network: string;
      readonly displayName: string;
      readonly version: string;
      readonly digest: string;
    }[];
  };
  /** ISO 8601 instant at which the networks answered. */
  readonly assessedAt: string;
  /** SHA-256 of the HU volume the networks saw; absent when no volume was made. */
  readonly inputDigest?: string;
  readonly findings: readonly [Finding, Finding, Finding];
  readonly report: CtReport;
  readonly stagesMs: Readonly<Record<string, number>>;
}

/** What the evidence page shows beyond the chart: raw network answers per slice. Kept in storage, not in FHIR. */
export interface AssessmentEvidence {
  readonly key: string;
  readonly networks: readonly {
    readonly network: string;
    /** Volume slice index of each scored slice. */
    readonly sliceIndexes: readonly number[];
    /** Per scored slice, per target of TARGETS: raw logits. */
    readonly logits: readonly (readonly number[])[];
    /** Per scored slice, per target: activation map rows*columns, row-major, normalised to the network's maximum. */
    readonly cams: readonly (readonly (readonly number[])[])[];
    readonly camSize: readonly [number, number];
    /** The crop in volume pixels, so that a map can be laid over the CT: [top, left, side]. */
    readonly crop: readonly [number, number, number];
  }[];
}
