/**
 * An assessment as the content of a Measurement Report (PS3.16 TID 1500). Pure: the same assessment gives the same tree.
 * One measurement group (TID 1501) per target. What the algorithm was asked is the name, what it answered the value, so
 * that no reader takes the question for a finding; a number never stands without its evidence level, its uncertainty and
 * the words that it is research, and where the evidence rule allows none, the reason stands in its place (ADR 0130).
 */
import type { Estimate, Finding, StudyAssessment } from '../../assessment/domain/finding.ts';
import codes from './codes.json' with { type: 'json' };
import {
  code,
  container,
  image,
  percent,
  root,
  text,
  uid,
  type ContentItem,
  type ImageReference,
} from './content-items.ts';
import { createResultUid } from './result-uids.ts';

export interface ReportFacts {
  readonly assessment: StudyAssessment;
  /** The source instances of one volume slice (0 = lowest); several for a slab. */
  readonly imagesOfSlice: (sliceIndex: number) => readonly ImageReference[];
}

const { concepts } = codes;

export function toReportContent(facts: ReportFacts): ContentItem {
  const { assessment } = facts;
  return root(
    concepts.report,
    [
      code('HAS CONCEPT MOD', concepts.language, concepts.english),
      ...observer(assessment),
      code('HAS CONCEPT MOD', concepts.procedureReported, concepts.ct),
      container(
        concepts.measurements,
        assessment.findings.map((finding) => toGroup(facts, finding)),
      ),
      container(concepts.qualitative, [text('CONTAINS', concepts.comment, codes.researchUse)]),
    ],
    '1500',
  );
}

/** The images a report points at, each once, in the order of first mention. */
export function listReferencedImages({ assessment, imagesOfSlice }: ReportFacts): readonly ImageReference[] {
  const slices = assessment.findings.flatMap((finding) => (finding.kind === 'estimate' ? finding.drivingSlices : []));
  return uniqueImages(slices.flatMap((slice) => imagesOfSlice(slice)));
}

export function uniqueImages(images: readonly ImageReference[]): readonly ImageReference[] {
  return [...new Map(images.map((one) => [one.sopInstanceUid, one])).values()];
}

/** Names the networks that ran, not the machine they ran on: two replicas are one observer. */
export function createDeviceUid(ensemble: StudyAssessment['ensemble']): string {
  return createResultUid('device', ensemble.digest);
}

/** TID 1001, 1002, 1004: a device looked, no person. */
function observer({ ensemble }: StudyAssessment): readonly ContentItem[] {
  return [
    code('HAS OBS CONTEXT', concepts.observerType, concepts.device),
    uid('HAS OBS CONTEXT', concepts.deviceUid, createDeviceUid(ensemble)),
    text('HAS OBS CONTEXT', concepts.deviceName, 'thrombectomy-cds'),
    text('HAS OBS CONTEXT', concepts.deviceManufacturer, codes.scheme.responsibleOrganization),
    text('HAS OBS CONTEXT', concepts.deviceModel, `${ensemble.id} ${ensemble.version}`),
  ];
}

function toGroup(facts: ReportFacts, finding: Finding): ContentItem {
  const { title } = codes.targets[finding.target];
  const { assessment, imagesOfSlice } = facts;
  const images = finding.kind === 'estimate' ? finding.drivingSlices.flatMap((slice) => imagesOfSlice(slice)) : [];
  return container(
    concepts.group,
    [
      text('HAS OBS CONTEXT', concepts.trackingIdentifier, title),
      uid('HAS OBS CONTEXT', concepts.trackingUid, createResultUid(assessment.key, 'finding', finding.target)),
      code('HAS CONCEPT MOD', concepts.findingSite, concepts.brain),
      ...algorithm(assessment),
      ...(finding.kind === 'estimate' ? numbers(finding) : []),
      ...evaluation(finding),
      ...uniqueImages(images).map((one) => image(concepts.sourceOfMeasurement, one)),
    ],
    '1501',
  );
}

/** TID 4019. The parameters are what an auditor needs to find the very weights and the very pixels. */
function algorithm({ ensemble, seriesInstanceUid, inputDigest }: StudyAssessment): readonly ContentItem[] {
  const parameters = [
    `ensemble sha256 ${ensemble.digest}`,
    ...ensemble.networks.map((one) => `network ${one.displayName} ${one.version} sha256 ${one.digest}`),
    ...(seriesInstanceUid === undefined ? [] : [`analysed series ${seriesInstanceUid}`]),
    ...(inputDigest === undefined ? [] : [`input sha256 ${inputDigest}`]),
  ];
  return [
    text('HAS CONCEPT MOD', concepts.algorithmName, `thrombectomy-cds ${ensemble.id}`),
    text('HAS CONCEPT MOD', concepts.algorithmVersion, ensemble.version),
    ...parameters.map((parameter) => text('HAS CONCEPT MOD', concepts.algorithmParameters, parameter)),
    code('HAS CONCEPT MOD', concepts.algorithmFamily, concepts.artificialIntelligence),
  ];
}

/** TID 300. Each name says "research use only": a viewer that shows names and numbers alone shows that too. */
function numbers({ target, probability, interval, threshold }: Estimate): readonly ContentItem[] {
  return [
    percent(codes.targets[target].probability, probability),
    ...(interval
      ? [percent(concepts.intervalLower, interval.lower), percent(concepts.intervalUpper, interval.upper)]
      : []),
    percent(concepts.threshold, threshold),
  ];
}

/** The answer, what it is worth, and one sentence for the reader. */
function evaluation(finding: Finding): readonly ContentItem[] {
  const words = codes.targets[finding.target];
  const evidence = code('CONTAINS', concepts.evidence, codes.evidenceLevels[finding.evidenceLevel]);
  if (finding.kind === 'estimate') {
    return [
      code('CONTAINS', words.concept, concepts[finding.call]),
      evidence,
      ...(finding.interval ? [text('CONTAINS', concepts.comment, describeCoverage(finding.interval.coverage))] : []),
      text('CONTAINS', concepts.comment, `${words[finding.call]} ${codes.researchUse}`),
    ];
  }
  return [
    code('CONTAINS', words.concept, concepts.none),
    evidence,
    code('CONTAINS', concepts.reason, codes.reasons[finding.reason]),
    text('CONTAINS', concepts.comment, finding.detail),
  ];
}

function describeCoverage(coverage: number): string {
  return `The bounds cover ${(coverage * 100).toFixed(0)} % of the calibration's spread over resampled patients.`;
}
