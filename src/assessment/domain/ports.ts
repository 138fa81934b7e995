/**
 * What the middle needs from the outside, in its own words. imaging/, inference/, fhir/, jobs/ and storage/
 * implement these; assessment/ never asks where it runs.
 */
import type { CtLoadResult, CtStudy, HeldSeries } from './ct-study.ts';
import type { CtVolume } from './ct-volume.ts';
import type { AssessmentEvidence, StudyAssessment } from './finding.ts';
import type { EnsembleContract, NetworkContract, TensorRecipe } from './model-contract.ts';
import type { Abstention } from './abstention.ts';

/** imaging/: from a study's address to a verified volume, or a named refusal. Throws Fault when the PACS fails. */
export interface CtSource {
  loadHeadCt(study: CtStudy, options: { readonly signal: AbortSignal }): Promise<CtLoadResult>;
}

/**
 * imaging/: what the archive holds of the CT series that an analysis of this study would read. Undefined where the
 * archive does not say in time: nothing is concluded from that.
 */
export type ListHeldSeries = (
  study: CtStudy,
  options: { readonly signal: AbortSignal },
) => Promise<readonly HeldSeries[] | undefined>;

/** The network input made from a volume: slice-major float32 NCHW, plus which slices and which crop. */
export interface NetworkInput {
  /** Length sliceIndexes.length * channels * heightPx * widthPx. */
  readonly pixels: Float32Array;
  readonly sliceIndexes: readonly number[];
  /** [top, left, side] in volume pixels; may reach beyond the image. */
  readonly crop: readonly [number, number, number];
}

/** imaging/: exactly as the contract's recipe says. */
export interface TensorMaker {
  makeInput(
    volume: CtVolume,
    recipe: TensorRecipe,
    options: { readonly signal: AbortSignal },
  ): Promise<NetworkInput | Abstention>;
}

/** Raw answer of one network, per scored slice. */
export interface NetworkAnswer {
  /** [slice * 3 + target], order of TARGETS. */
  readonly logits: Float32Array;
  /** [((slice * 3 + target) * rows + row) * columns + column]. */
  readonly cams: Float32Array;
  readonly durationMs: number;
}

/** inference/: in process or on a GPU node; the contracts are the same. */
export interface NetworkEngine {
  readonly ensemble: EnsembleContract;
  /** Runs of an order go before those of arrivals where an engine does one thing at a time. */
  run(
    network: NetworkContract,
    input: NetworkInput,
    options: { readonly signal: AbortSignal; readonly urgency?: AnalysisJob['urgency'] | undefined },
  ): Promise<NetworkAnswer>;
  /** Loaded, warmed up and able to answer. */
  isReady(): boolean;
  close(): Promise<void>;
}

/** imaging/: an assessment as DICOM objects in the study it is about. Idempotent by the assessment's key. */
export interface ResultArchive {
  /** Throws Fault while the archive cannot take it (retryable) or when it refuses an object for good. */
  store(
    result: {
      readonly study: CtStudy;
      readonly assessment: StudyAssessment;
      readonly evidence: AssessmentEvidence | undefined;
    },
    options: { readonly signal: AbortSignal },
  ): Promise<ResultFate>;
}

export type ResultFate =
  /** Everything stands in the archive; `sent` of it only now. */
  | { readonly kind: 'stored'; readonly objects: number; readonly sent: number }
  /** There is nothing to say there: no series was analysed, all was withdrawn, or the archive's CT is another one now. */
  | { readonly kind: 'not-stored'; readonly reason: 'nothing-analysed' | 'withdrawn' | 'ct-changed' };

/** How an order's CT is chosen: latest head CT before the order, inside the window. */
export interface CtSearch {
  readonly patientId: string;
  /** ISO 8601 instant of the order. */
  readonly orderedAt: string;
  readonly maximumAgeHours: number;
  /** The hook's prefetched ImagingStudy searchset, unparsed; undefined = not prefetched, null = asked and there is none. */
  readonly prefetched?: unknown;
  /** Read with the caller's transient token from the caller's own (allow-listed) FHIR server; never stored or logged. */
  readonly callerAccess?: { readonly fhirServer: string; readonly accessToken: string };
}

export type CtSearchResult =
  | {
      readonly kind: 'found';
      readonly study: CtStudy;
      /** Another CT that names no body part and may be newer: it was left for the study, which says that it is a head. */
      readonly unread?: UnreadCt;
    }
  | Abstention;

export type UnreadCt = Pick<CtStudy, 'startedAt' | 'startedPrecision'>;

/** Who asked, for the audit. Only references and identifiers, never names. */
export interface AuditContext {
  readonly hookInstance?: string;
  /** `Practitioner/x` or `PractitionerRole/x`. */
  readonly userId?: string;
  readonly encounterId?: string;
  readonly orderId?: string;
  /** Verified issuer of the calling EHR, or `sandbox`. */
  readonly caller?: string;
}

/** fhir/: the patient's chart. */
export interface Chart {
  findPreoperativeCt(search: CtSearch, options: { readonly signal: AbortSignal }): Promise<CtSearchResult>;
  /** All head CT started since the instant, oldest first: what the cron sweep looks at. */
  findRecentHeadCts(since: string, options: { readonly signal: AbortSignal }): Promise<readonly CtStudy[]>;
  /** One study read again by its FHIR id (jobs carry only ids). Only here is `wadoRsBaseUrl` looked up. */
  readCtStudy(imagingStudyId: string, options: { readonly signal: AbortSignal }): Promise<CtStudy | Abstention>;
  /**
   * The newest assessment of the study whose first one has this key: that one itself, or the one that was made after
   * more images came. Undefined where none stands there.
   */
  findCurrentAssessment(
    firstKey: string,
    options: { readonly signal: AbortSignal },
  ): Promise<StudyAssessment | undefined>;
  /** The assessment with this key as it stands in the chart, also where a newer one supersedes it, or undefined. */
  findAssessment(key: string, options: { readonly signal: AbortSignal }): Promise<StudyAssessment | undefined>;
  /** RiskAssessment x3, Device, Provenance, AuditEvent in one transaction; idempotent by the assessment's key. */
  recordAssessment(assessment: StudyAssessment, options: { readonly signal: AbortSignal }): Promise<void>;
  isReachable(options: { readonly signal: AbortSignal }): Promise<boolean>;
}

/** storage/: what the chart has no place for. */
export interface EvidenceStore {
  save(evidence: AssessmentEvidence): Promise<void>;
  find(key: string): Promise<AssessmentEvidence | undefined>;
}

/** jobs/: the durable queue as the order-time walk sees it. */
export interface AnalysisQueue {
  /** Enqueue once per study and ensemble, however often it is asked for. */
  request(job: AnalysisJob): Promise<void>;
  /** Where an earlier request stands. */
  findState(key: string): Promise<AnalysisState>;
  /** Those of the keys that were never asked for: one question however many studies a sweep finds. */
  findUnknown(keys: readonly string[]): Promise<readonly string[]>;
  /** Those of the keys whose analysis has neither ended nor failed for good. */
  findUnderWay(keys: readonly string[]): Promise<readonly string[]>;
  /** Resolves when the analysis with this key ends (either way) or the signal aborts. */
  waitForEnd(key: string, options: { readonly signal: AbortSignal }): Promise<AnalysisState>;
}

export interface AnalysisJob {
  /** Assessment key: the coalescing key. */
  readonly key: string;
  readonly imagingStudyId: string;
  /** Number of the revision (ADR 0007); absent for the first assessment of a study. */
  readonly revision?: number;
  readonly urgency: 'order' | 'arrival';
}

export type AnalysisState =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'queued';
      readonly since: string;
      /** COUNTED_AHEAD + 1 means: more than COUNTED_AHEAD. */
      readonly ahead: number;
      /** Until it begins, at the pace of the last minutes; absent where nothing was completed lately, or not all were counted. */
      readonly waitMinutes?: number;
    }
  | { readonly kind: 'running'; readonly since: string }
  | { readonly kind: 'retrying'; readonly since: string; readonly attempt: number; readonly code: string }
  | { readonly kind: 'done'; readonly at: string }
  | { readonly kind: 'failed'; readonly at: string; readonly code: string };

/** What a clinician did with a card (CDS Hooks feedback), as the audit needs it. */
export interface CardFeedback {
  readonly serviceId: string;
  readonly cardUuid: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly acceptedSuggestionIds: readonly string[];
  readonly overrideReason?: { readonly system: string; readonly code: string; readonly display?: string };
  /** Free text: may hold PHI, is stored and never logged. */
  readonly userComment?: string;
  readonly outcomeAt: string;
  readonly issuer: string;
}

/** Which card said what about which assessment; kept so that feedback can be tied to it. */
export interface IssuedCard {
  readonly cardUuid: string;
  readonly assessmentKey?: string;
  readonly decision: string;
  readonly hookInstance: string;
  readonly issuedAt: string;
}

/** storage/: idempotent on (card, outcome, time); feedback for an unknown card is kept. */
export interface FeedbackStore {
  rememberCards(cards: readonly IssuedCard[]): Promise<void>;
  record(feedback: readonly CardFeedback[]): Promise<void>;
  findByAssessment(key: string): Promise<readonly (CardFeedback & { readonly decision?: string })[]>;
}

/** fhir/: everything that is audited beside an analysis (BALP-shaped AuditEvents), written durably. */
export interface AuditTrail {
  record(event: AuditRecord): Promise<void>;
}

export type AuditRecord = AuditContext & {
  readonly kind:
    | 'order-answered'
    | 'evidence-viewed'
    | 'caller-refused'
    | 'feedback-received'
    | 'monitoring-viewed'
    | 'results-exported';
  readonly at: string;
  readonly outcome: 'success' | 'minor-failure' | 'serious-failure';
  readonly patientId?: string;
  readonly assessmentKey?: string;
  readonly cardUuids?: readonly string[];
  /** For results-exported: DICOMweb base of the archive. */
  readonly destination?: string;
  /** Stable code of a refusal or fault. */
  readonly code?: string;
  /** For feedback: what was done with the card, and why. One record per card. */
  readonly feedback?: Pick<CardFeedback, 'outcome' | 'overrideReason'>;
  /** For an order: which card it drew (in shadow mode: would have drawn), at which hook, and how long that took. */
  readonly answer?: { readonly decision: string; readonly hook: string; readonly durationMs: number };
  /** For the monitoring page: whom the link was made for, and what was asked. */
  readonly look?: { readonly viewer: string; readonly query: string };
};
