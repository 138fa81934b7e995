/** Hook requests and desk answers that tests vary: one thrombectomy, one patient, one CT. */
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { AbstentionReason } from '../../src/assessment/domain/abstention.ts';
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { Finding, StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { Target } from '../../src/assessment/domain/target.ts';

/** Same shape as fhir-profiles/generated/ValueSet-thrombectomy-orders.json. */
export const THROMBECTOMY_ORDERS = {
  resourceType: 'ValueSet',
  compose: {
    include: [
      { system: 'http://www.ama-assn.org/go/cpt', concept: [{ code: '61645' }] },
      { system: 'http://www.cms.gov/Medicare/Coding/ICD10', concept: [{ code: '03CG3Z7' }, { code: '03CG3ZZ' }] },
      { system: 'http://snomed.info/sct', concept: [{ code: '439541007' }] },
    ],
  },
};

export const HOOK_INSTANCE = 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea';
export const ASSESSMENT_KEY = 'a'.repeat(64);

export function makeOrder(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    resourceType: 'ServiceRequest',
    id: 'order-1',
    status: 'draft',
    intent: 'order',
    code: {
      coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '61645' }],
      text: 'Mechanical thrombectomy',
    },
    subject: { reference: 'Patient/patient-1' },
    ...change,
  };
}

export interface RequestParts {
  readonly hook?: string;
  readonly orders?: readonly unknown[];
  readonly context?: Readonly<Record<string, unknown>>;
  readonly top?: Readonly<Record<string, unknown>>;
}

export function makeRequest(parts: RequestParts = {}): Record<string, unknown> {
  const hook = parts.hook ?? 'order-sign';
  return {
    hook,
    hookInstance: HOOK_INSTANCE,
    context: {
      userId: 'Practitioner/doctor-1',
      patientId: 'patient-1',
      encounterId: 'encounter-1',
      draftOrders: {
        resourceType: 'Bundle',
        type: 'collection',
        entry: (parts.orders ?? [makeOrder()]).map((resource) => ({ resource })),
      },
      ...(hook === 'order-select' ? { selections: ['ServiceRequest/order-1'] } : {}),
      ...parts.context,
    },
    ...parts.top,
  };
}

export function makeEstimate(target: Target, probability: number, evidenceLevel: EvidenceLevel = 'in-silico'): Finding {
  return {
    kind: 'estimate',
    target,
    evidenceLevel,
    probability,
    interval: { lower: probability * 0.8, upper: Math.min(1, probability * 1.2), coverage: 0.95 },
    threshold: 0.5,
    call: probability >= 0.5 ? 'positive' : 'negative',
    opinions: [
      { network: 'inception_v4', probability },
      { network: 'legacy_seresnet101', probability },
    ],
    drivingSlices: [12, 13],
  };
}

export function makeAbstention(
  target: Target,
  reason: AbstentionReason = 'slice-gap',
  evidenceLevel: EvidenceLevel = 'in-silico',
): Finding {
  return { kind: 'abstained', target, evidenceLevel, reason, detail: '3 slices are missing at 42 mm' };
}

export function makeAssessment(findings: StudyAssessment['findings']): OrderAnswer {
  return {
    kind: 'assessed',
    assessment: {
      key: ASSESSMENT_KEY,
      patientId: 'patient-1',
      imagingStudyId: 'ct-1',
      studyInstanceUid: '2.25.1001',
      studyStartedAt: '2026-11-23T10:36:00Z',
      studyChoiceReason: 'the only head CT before the order',
      ensemble: {
        id: 'pair',
        version: '0.1.0',
        digest: 'e'.repeat(64),
        networks: [
          { network: 'inception_v4', displayName: 'InceptionV4', version: '0.1.0', digest: '1'.repeat(64) },
          { network: 'legacy_seresnet101', displayName: 'SEResNet101', version: '0.1.0', digest: '2'.repeat(64) },
        ],
      },
      assessedAt: '2026-11-23T10:40:00Z',
      findings,
      report: { series: [], quality: [], acquisition: {}, stagesMs: {} },
      stagesMs: {},
    },
  };
}

/** Probabilities of the three targets in their order; undefined is an abstention. */
export function assessed(
  present: number | undefined,
  after: number | undefined,
  collaterals: number | undefined,
  level: EvidenceLevel = 'in-silico',
): OrderAnswer {
  const make = (target: Target, value: number | undefined): Finding =>
    value === undefined ? makeAbstention(target, 'slice-gap', level) : makeEstimate(target, value, level);
  return makeAssessment([
    make('ich-present', present),
    make('ich-after-evt', after),
    make('poor-collaterals', collaterals),
  ]);
}

export const RUNNING: OrderAnswer = {
  kind: 'running',
  key: ASSESSMENT_KEY,
  studyStartedAt: '2026-11-23T10:36:00Z',
  since: '2026-11-23T11:59:00Z',
};
export const WAITING: OrderAnswer = {
  kind: 'waiting',
  key: ASSESSMENT_KEY,
  studyStartedAt: '2026-11-23T10:36:00Z',
  since: '2026-11-23T11:59:00Z',
  ahead: 2,
};
export const DELAYED: OrderAnswer = {
  kind: 'delayed',
  key: ASSESSMENT_KEY,
  studyStartedAt: '2026-11-23T10:36:00Z',
  code: 'pacs-unavailable',
};
export const FAILED: OrderAnswer = {
  kind: 'failed',
  key: ASSESSMENT_KEY,
  studyStartedAt: '2026-11-23T10:36:00Z',
  code: 'inference-failed',
};
export const OVERLOADED: OrderAnswer = {
  kind: 'overloaded',
  key: ASSESSMENT_KEY,
  studyStartedAt: '2026-11-23T10:36:00Z',
  ahead: 412,
  waitMinutes: 137.3,
};
/** The same answer for a CT that got images after it was assessed as `known` says. */
export function withEarlier(answer: OrderAnswer, known: OrderAnswer): OrderAnswer {
  if (known.kind !== 'assessed' || !('key' in answer)) throw new Error('not that kind of answer');
  return { ...answer, key: 'b'.repeat(64), earlier: known.assessment };
}
export const NO_CT: OrderAnswer = {
  kind: 'no-ct',
  abstention: { kind: 'abstained', reason: 'ct-too-old', detail: 'The latest head CT is 73 h old; the limit is 24 h.' },
};
