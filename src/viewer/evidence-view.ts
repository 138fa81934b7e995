/**
 * Everything the page shows besides pixels, as one plain value. Nothing in it names a person; the patient appears
 * as a FHIR id only.
 */
import type { SeriesVerdict, QualityCheck } from '../assessment/domain/ct-study.ts';
import type { CtVolume } from '../assessment/domain/ct-volume.ts';
import type { AssessmentEvidence, StudyAssessment } from '../assessment/domain/finding.ts';
import type { CardFeedback } from '../assessment/domain/ports.ts';
import { TARGETS, type Target } from '../assessment/domain/target.ts';
import { isWithheld, toFindingView, type BaseRates, type FindingView } from './finding-view.ts';
import type { PageTexts } from './page-texts.ts';

export interface ChartLink {
  readonly label: string;
  readonly url: string;
}

export interface EvidenceView {
  readonly key: string;
  readonly patientId: string;
  readonly studyStartedAt: string;
  /** The chart knows the day alone: no time and no age are shown. */
  readonly startedPrecision?: 'day';
  readonly studyChoiceReason: string;
  readonly assessedAt: string;
  /** ISO 8601 instant of the newer assessment, where images came after this one. */
  readonly supersededAt?: string;
  /** Images came after this assessment, and none covers them yet. */
  readonly hasLateImages?: true;
  readonly findings: readonly FindingView[];
  readonly series: readonly SeriesVerdict[];
  readonly quality: readonly QualityCheck[];
  readonly acquisition: Readonly<Record<string, string | number>>;
  readonly stagesMs: Readonly<Record<string, number>>;
  readonly ensemble: StudyAssessment['ensemble'];
  readonly inputDigest?: string;
  readonly feedback: readonly FeedbackView[];
  readonly chartLinks: readonly ChartLink[];
  readonly expiresAt: string;
  /** Whom the look is audited as, where a launch named somebody. */
  readonly userId?: string;
}

/** Free text of clinicians stays out: it may name people, and the audit keeps it. */
export interface FeedbackView {
  readonly outcome: string;
  readonly at: string;
  readonly reason?: string;
  readonly decision?: string;
}

export type Outdated = Pick<EvidenceView, 'supersededAt'> | Pick<EvidenceView, 'hasLateImages'>;

export interface EvidenceViewParts {
  readonly assessment: StudyAssessment;
  readonly outdated?: Outdated | undefined;
  readonly feedback: readonly (CardFeedback & { readonly decision?: string })[];
  readonly baseRates: BaseRates;
  readonly texts: PageTexts;
  readonly fhirBaseUrl: string;
  readonly expiresAt: Date;
  readonly userId?: string | undefined;
}

export function toEvidenceView(parts: EvidenceViewParts): EvidenceView {
  const { assessment, baseRates, texts } = parts;
  return {
    key: assessment.key,
    patientId: assessment.patientId,
    studyStartedAt: assessment.studyStartedAt,
    ...(assessment.startedPrecision === undefined ? {} : { startedPrecision: assessment.startedPrecision }),
    studyChoiceReason: assessment.studyChoiceReason,
    assessedAt: assessment.assessedAt,
    ...parts.outdated,
    findings: assessment.findings.map((finding) => toFindingView(finding, assessment.ensemble, baseRates, texts)),
    series: assessment.report.series,
    quality: assessment.report.quality,
    acquisition: assessment.report.acquisition,
    stagesMs: assessment.stagesMs,
    ensemble: assessment.ensemble,
    ...(assessment.inputDigest === undefined ? {} : { inputDigest: assessment.inputDigest }),
    feedback: parts.feedback.map(toFeedbackView),
    chartLinks: listChartLinks(assessment, parts.fhirBaseUrl, texts.chartLinks),
    expiresAt: parts.expiresAt.toISOString(),
    ...(parts.userId === undefined ? {} : { userId: parts.userId }),
  };
}

function toFeedbackView(feedback: CardFeedback & { readonly decision?: string }): FeedbackView {
  const reason = feedback.overrideReason?.display ?? feedback.overrideReason?.code;
  return {
    outcome: feedback.outcome,
    at: feedback.outcomeAt,
    ...(reason === undefined ? {} : { reason }),
    ...(feedback.decision === undefined ? {} : { decision: feedback.decision }),
  };
}

/** Plain FHIR queries an auditor can send; they need that server's own permission. */
function listChartLinks(
  { key, patientId, imagingStudyId }: StudyAssessment,
  fhirBaseUrl: string,
  labels: PageTexts['chartLinks'],
): readonly ChartLink[] {
  return [
    [labels.assessments, `RiskAssessment?_tag=${key}`],
    [labels.provenance, `Provenance?_tag=${key}`],
    [labels.audit, `AuditEvent?_tag=${key}`],
    [labels.patient, `RiskAssessment?subject=Patient/${patientId}&_sort=-date`],
    [labels.study, `ImagingStudy/${imagingStudyId}`],
  ].map(([label = '', query = '']) => ({ label, url: `${fhirBaseUrl.replace(/\/+$/, '')}/${query}` }));
}

export interface VolumeView {
  readonly rows: number;
  readonly columns: number;
  readonly sliceCount: number;
  readonly pixelSpacingMm: readonly [number, number];
  readonly slicePositionsMm: readonly number[];
  readonly sliceThicknessMm: number;
  readonly gantryTiltDeg: number;
  readonly isWhatNetworksSaw: boolean;
  /** What the page opens on. */
  readonly firstSlice: number;
  /**
   * Slice scores per network and target, uncalibrated, 0-1; targets that are withheld are left out. None for a CT that
   * is not the one the networks saw: they would lie on other slices.
   */
  readonly networks: readonly NetworkView[];
}

export interface NetworkView {
  readonly network: string;
  readonly displayName: string;
  readonly sliceIndexes: readonly number[];
  readonly crop: readonly [number, number, number];
  readonly camSize: readonly [number, number];
  readonly sliceScores: Readonly<Partial<Record<Target, readonly number[]>>>;
}

export function toVolumeView(
  volume: CtVolume,
  isWhatNetworksSaw: boolean,
  assessment: StudyAssessment,
  evidence: AssessmentEvidence | undefined,
): VolumeView {
  const { rows, columns, sliceCount, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg } = volume;
  const shown = listShownTargets(assessment);
  return {
    ...{ rows, columns, sliceCount, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg },
    isWhatNetworksSaw,
    firstSlice: chooseFirstSlice(volume, isWhatNetworksSaw, assessment),
    networks: (isWhatNetworksSaw ? (evidence?.networks ?? []) : []).map((one) => ({
      network: one.network,
      displayName: nameNetwork(assessment, one.network),
      sliceIndexes: one.sliceIndexes,
      crop: one.crop,
      camSize: one.camSize,
      sliceScores: Object.fromEntries(
        shown.map((target) => [target, one.logits.map((logits) => toScore(logits[TARGETS.indexOf(target)] ?? 0))]),
      ),
    })),
  };
}

/** The slice that drove the first finding, else the middle one. In another CT than the networks saw it is elsewhere. */
export function chooseFirstSlice(volume: CtVolume, isWhatNetworksSaw: boolean, assessment: StudyAssessment): number {
  const [driving] = assessment.findings.flatMap((finding) =>
    finding.kind === 'estimate' ? finding.drivingSlices : [],
  );
  return isWhatNetworksSaw && driving !== undefined ? driving : Math.floor(volume.sliceCount / 2);
}

/** Activation maps of one target: per network, per scored slice, row-major cells 0-1; undefined when withheld. */
export function toMapsView(
  target: Target,
  assessment: StudyAssessment,
  evidence: AssessmentEvidence,
): readonly { readonly network: string; readonly maps: readonly (readonly number[])[] }[] | undefined {
  if (!listShownTargets(assessment).includes(target)) return undefined;
  return evidence.networks.map((one) => ({
    network: one.network,
    maps: one.cams.map((cams) => cams[TARGETS.indexOf(target)] ?? []),
  }));
}

function listShownTargets(assessment: StudyAssessment): readonly Target[] {
  return assessment.findings.filter((finding) => !isWithheld(finding)).map((finding) => finding.target);
}

function nameNetwork(assessment: StudyAssessment, network: string): string {
  return assessment.ensemble.networks.find((one) => one.network === network)?.displayName ?? network;
}

function toScore(logit: number): number {
  return Math.round(1000 / (1 + Math.exp(-logit))) / 1000;
}
