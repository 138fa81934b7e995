/**
 * Where a CT is and what was chosen from it. Plain facts; how they are found is imaging's and fhir's matter.
 */
import type { Abstention } from './abstention.ts';
import type { CtVolume } from './ct-volume.ts';

/** A CT study as the chart knows it (FHIR ImagingStudy), ready to be fetched. */
export interface CtStudy {
  /** FHIR id of the ImagingStudy; a plain id, not a reference. */
  readonly imagingStudyId: string;
  readonly studyInstanceUid: string;
  /** FHIR id of the Patient. */
  readonly patientId: string;
  /** Identifier values of the Patient (MRN, ...) where the chart gives them: DICOM Patient ID must be one of these. */
  readonly patientIdentifiers?: readonly string[];
  /** ISO 8601 instant of acquisition; the midnight (UTC) of its day where `startedPrecision` says so. */
  readonly startedAt: string;
  /** Present where the chart knows the day alone: then no time and no age may be made of `startedAt`. */
  readonly startedPrecision?: 'day';
  /** ISO 8601 instant, by the chart's clock: when its ImagingStudy last changed; absent where the chart does not say. */
  readonly changedAt?: string;
  readonly description?: string;
  /** DICOMweb base address (…/dicom-web), already stripped of /studies/{uid}; undefined = the configured PACS. */
  readonly wadoRsBaseUrl?: string;
  /** Series the chart lists; empty where the FHIR server has no series detail (then QIDO-RS is asked). */
  readonly series: readonly {
    readonly seriesInstanceUid: string;
    readonly modality?: string;
    readonly numberOfInstances?: number;
  }[];
  /** Why this study and not another, for the record ("latest of 3 head CT before the order, 1.2 h old"). */
  readonly choiceReason: string;
}

/** What the archive holds of one CT series, told by the archive itself: no pixels, no metadata (ADR 0007). */
export interface HeldSeries {
  readonly seriesInstanceUid: string;
  readonly instances: number;
  /** SHA-256 of the SOP Instance UIDs; absent where the archive did not list all of them. */
  readonly digest?: string;
}

/** One series as judged by the declared selection rules. */
export interface SeriesVerdict {
  readonly seriesInstanceUid: string;
  readonly description: string;
  readonly instanceCount: number;
  /** Higher is better; undefined when a rule excluded the series. */
  readonly score?: number;
  /** Rule ids with their effect, in the order applied, e.g. "kernel-soft +20" or "localizer: excluded". */
  readonly reasons: readonly string[];
  readonly chosen: boolean;
}

/** One row of the quality gate. */
export interface QualityCheck {
  readonly code: string;
  readonly outcome: 'passed' | 'warned' | 'failed' | 'not-assessed';
  /** What was measured, with unit ("28 slices", "kVp 120"). */
  readonly measured: string;
  /** The limit it was held against, with unit. */
  readonly limit: string;
}

/** What the fetch left to say about the CT, whether or not it became a volume. */
export interface CtReport {
  readonly series: readonly SeriesVerdict[];
  readonly quality: readonly QualityCheck[];
  /** DICOM facts of the chosen series worth keeping (kVp, kernel, manufacturer model); never patient data. */
  readonly acquisition: Readonly<Record<string, string | number>>;
  /** Milliseconds per stage: metadata, fetch, decode, volume, quality. */
  readonly stagesMs: Readonly<Record<string, number>>;
}

export interface LoadedCt {
  readonly kind: 'volume';
  readonly volume: CtVolume;
  readonly seriesInstanceUid: string;
  readonly report: CtReport;
}

export interface RefusedCt {
  readonly kind: 'refused';
  readonly abstention: Abstention;
  readonly report: CtReport;
}

export type CtLoadResult = LoadedCt | RefusedCt;
