/** A whole assessment and the resources around it, as tests of the chart need them. Nobody real. */
import { createRevisionKey } from '../../src/assessment/assessment-key.ts';
import type { Estimate, Finding, StudyAssessment } from '../../src/assessment/domain/finding.ts';
import { createNoTokens } from '../../src/fhir/access/access-tokens.ts';
import { createMedplumChart } from '../../src/fhir/create-medplum-chart.ts';
import type { MedplumChartOptions } from '../../src/fhir/create-medplum-chart.ts';
import { readCodeSet } from '../../src/fhir/terminology/code-set.ts';
import type { HeadCtCodes } from '../../src/fhir/imaging-study/judge-study.ts';
import type { Endpoint, ImagingStudy, Patient, Resource } from '@medplum/fhirtypes';

export const PATIENT_ID = 'patient-1';
export const STUDY_UID = '1.2.826.0.1.3680043.8.498.1';
export const ORDERED_AT = '2026-11-23T12:00:00.000Z';
export const SERVICE = { name: 'thrombectomy-cds', version: '0.1.0', url: 'https://cds.example.org' } as const;

export const signal = (): AbortSignal => AbortSignal.timeout(10_000);

const generated = (name: string) =>
  readCodeSet(new URL(`../../fhir-profiles/generated/ValueSet-${name}.json`, import.meta.url));

export const HEAD_CT_CODES: HeadCtCodes = {
  headCt: generated('head-ct'),
  contrastHeadCt: generated('contrast-head-ct'),
  headSites: generated('head-body-sites'),
};

export function makeChart(baseUrl: string, options: Partial<MedplumChartOptions> = {}) {
  return createMedplumChart({
    baseUrl,
    tokens: createNoTokens(),
    allowedCallerServers: [],
    headCtCodes: HEAD_CT_CODES,
    service: SERVICE,
    ...options,
  });
}

export const patient: Patient = {
  resourceType: 'Patient',
  id: PATIENT_ID,
  identifier: [{ system: 'urn:example:records', value: 'R-1' }],
};

export const endpoint: Endpoint = {
  resourceType: 'Endpoint',
  id: 'pacs',
  status: 'active',
  connectionType: {
    system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
    code: 'dicom-wado-rs',
  },
  payloadType: [{ text: 'DICOM' }],
  address: 'https://pacs.example.org/dicom-web',
};

/** A plain head CT two hours before the order, unless changed. */
export function makeImagingStudy(changes: Partial<ImagingStudy> = {}): ImagingStudy {
  return {
    resourceType: 'ImagingStudy',
    id: 'study-1',
    status: 'available',
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${STUDY_UID}` }],
    modality: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' }],
    subject: { reference: `Patient/${PATIENT_ID}` },
    started: '2026-11-23T10:00:00Z',
    description: 'CT head without contrast',
    series: [
      {
        uid: `${STUDY_UID}.1`,
        modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' },
        numberOfInstances: 32,
        description: 'Head 5 mm soft',
      },
    ],
    ...changes,
  };
}

export function makeEstimate(target: Estimate['target'], changes: Partial<Estimate> = {}): Estimate {
  return {
    kind: 'estimate',
    target,
    evidenceLevel: 'in-silico',
    probability: 0.41234567891,
    interval: { lower: 0.31, upper: 0.5299, coverage: 0.95 },
    threshold: 0.35,
    call: 'positive',
    opinions: [
      { network: 'inception_v4', probability: 0.44 },
      { network: 'legacy_seresnet101', probability: 0.3850001 },
    ],
    drivingSlices: [14, 15, 3],
    ...changes,
  };
}

export const ESTIMATES: StudyAssessment['findings'] = [
  makeEstimate('ich-present', { probability: 0.001, call: 'negative', drivingSlices: [] }),
  makeEstimate('ich-after-evt'),
  makeEstimate('poor-collaterals', { probability: 1 }),
];

export const MIXED: readonly [Finding, Finding, Finding] = [
  makeEstimate('ich-present', { probability: 0.97 }),
  {
    kind: 'abstained',
    target: 'ich-after-evt',
    evidenceLevel: 'research',
    reason: 'networks-disagree',
    detail: 'InceptionV4 says 71 %, SEResNet101 says 12 %.',
  },
  {
    kind: 'abstained',
    target: 'poor-collaterals',
    evidenceLevel: 'untrained',
    reason: 'evidence-too-low',
    detail: 'The weights are untrained; this site shows in-silico and above.',
  },
];

export function makeAssessment(changes: Partial<StudyAssessment> = {}): StudyAssessment {
  return {
    key: 'a'.repeat(64),
    patientId: PATIENT_ID,
    imagingStudyId: 'study-1',
    studyInstanceUid: STUDY_UID,
    seriesInstanceUid: `${STUDY_UID}.1`,
    studyStartedAt: '2026-11-23T10:00:00.000Z',
    studyChoiceReason: 'the only head CT before the order',
    ensemble: {
      id: 'inception-v4-and-seresnet101',
      version: '0.1.0',
      digest: 'e'.repeat(64),
      networks: [
        { network: 'inception_v4', displayName: 'InceptionV4', version: '0.1.0', digest: '1'.repeat(64) },
        { network: 'legacy_seresnet101', displayName: 'SEResNet101', version: '0.1.0', digest: '2'.repeat(64) },
      ],
    },
    assessedAt: '2026-11-23T10:05:00.000Z',
    inputDigest: 'd'.repeat(64),
    findings: ESTIMATES,
    report: {
      series: [
        {
          seriesInstanceUid: `${STUDY_UID}.1`,
          description: 'Head 5 mm soft — “größer”',
          instanceCount: 32,
          score: 70,
          reasons: ['kernel-soft +20'],
          chosen: true,
        },
        {
          seriesInstanceUid: `${STUDY_UID}.2`,
          description: '',
          instanceCount: 1,
          reasons: ['localizer: excluded'],
          chosen: false,
        },
      ],
      quality: [{ code: 'kvp', outcome: 'passed', measured: '120 kVp', limit: '100-140 kVp' }],
      acquisition: { kvp: 120, kernel: 'H30s' },
      stagesMs: { metadata: 12, fetch: 80 },
    },
    stagesMs: { fetch: 92.5, inference: 3100 },
    ...changes,
  };
}

/** The same study answered by the next model version, a day later. */
export function makeNextVersion(): StudyAssessment {
  const first = makeAssessment();
  return {
    ...first,
    key: 'b'.repeat(64),
    assessedAt: '2026-11-24T10:05:00.000Z',
    ensemble: { ...first.ensemble, version: '0.2.0', digest: 'f'.repeat(64) },
  };
}

/** The same study answered again by the same networks, an hour later each time: images had come after the first answer. */
export function makeRevision(number: number, changes: Partial<StudyAssessment> = {}): StudyAssessment {
  const first = makeAssessment();
  return makeAssessment({
    key: createRevisionKey(first.key, number),
    revision: { number, firstKey: first.key },
    listedSeries: [{ seriesInstanceUid: `${STUDY_UID}.1`, modality: 'CT', numberOfInstances: 32 + number }],
    assessedAt: new Date(Date.parse(first.assessedAt) + number * 3_600_000).toISOString(),
    ...changes,
  });
}

export const CHART: readonly Resource[] = [patient, endpoint, makeImagingStudy()];
