/** The examples: what the service really writes for a made-up patient, made by the same code. */
import type { Observation, Resource } from '@medplum/fhirtypes';
import type { AuditRecord } from '../src/assessment/domain/ports.ts';
import { planModels } from '../src/fhir/assessment/register-models.ts';
import { planResults } from '../src/fhir/assessment/plan-results.ts';
import { toTransaction } from '../src/fhir/assessment/write-transaction.ts';
import { toInteractionAuditEvent } from '../src/fhir/audit/interaction-audit-event.ts';
import { CANONICAL } from '../src/fhir/terminology/canonical.ts';
import { ESTIMATES, MIXED, PATIENT_ID, SERVICE, makeAssessment } from '../test/support/fhir-samples.ts';

const MODELS = {
  service: { reference: 'Device/service' },
  ensemble: { reference: 'Device/ensemble' },
  networks: [{ reference: 'Device/inception-v4' }, { reference: 'Device/seresnet101' }],
  modelCards: [{ reference: 'DocumentReference/inception-v4' }, { reference: 'DocumentReference/seresnet101' }],
};
const shared = { outcome: 'success', caller: 'https://ehr.example.org', assessmentKey: 'a'.repeat(64) } as const;
const EVENTS: readonly AuditRecord[] = [
  {
    ...shared,
    kind: 'order-answered',
    at: '2026-11-23T12:00:00.000Z',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    userId: 'Practitioner/surgeon',
    encounterId: 'encounter-1',
    orderId: 'draft-1',
    patientId: PATIENT_ID,
    cardUuids: ['5a1d3a8e-5f4c-4f4e-8f73-8d1c1d0f0001'],
    answer: { decision: 'raised-hemorrhage', hook: 'order-sign', durationMs: 31 },
  },
  {
    ...shared,
    kind: 'evidence-viewed',
    at: '2026-11-23T12:01:00.000Z',
    userId: 'Practitioner/surgeon',
    patientId: PATIENT_ID,
  },
  {
    ...shared,
    kind: 'feedback-received',
    at: '2026-11-23T12:02:00.000Z',
    cardUuids: ['5a1d3a8e-5f4c-4f4e-8f73-8d1c1d0f0001'],
    feedback: {
      outcome: 'overridden',
      overrideReason: { system: `${CANONICAL}/CodeSystem/override-reason`, code: 'benefit-outweighs-risk' },
    },
  },
  {
    kind: 'monitoring-viewed',
    at: '2026-11-23T12:04:00.000Z',
    outcome: 'success',
    look: { viewer: 'quality-office', query: 'from=2026-11-01&to=2026-11-23' },
  },
  { kind: 'caller-refused', at: '2026-11-23T12:03:00.000Z', outcome: 'minor-failure', code: 'caller-unverified' },
];

const OUTCOMES = `${CANONICAL}/CodeSystem/outcomes`;

/** What a site enters about a patient afterwards; the service reads these and never writes them. */
function makeOutcome(profile: string, value: string, rest: Partial<Observation>): Observation {
  const concept = (code: string) => ({ coding: [{ system: OUTCOMES, code }] });
  return {
    resourceType: 'Observation',
    meta: { profile: [`${CANONICAL}/StructureDefinition/${profile}`] },
    status: 'final',
    code: concept(profile),
    subject: { reference: `Patient/${PATIENT_ID}` },
    effectiveDateTime: '2026-11-24T14:00:00Z',
    valueCodeableConcept: concept(value),
    ...rest,
  };
}

const OUTCOME_EXAMPLES: readonly Observation[] = [
  makeOutcome('hemorrhage-before-thrombectomy', 'hemorrhage-absent', {
    effectiveDateTime: '2026-11-23T10:00:00Z',
    derivedFrom: [{ reference: 'ImagingStudy/study-1' }],
  }),
  makeOutcome('hemorrhage-after-thrombectomy', 'hemorrhage-asymptomatic', {
    component: [
      { code: { coding: [{ system: OUTCOMES, code: 'thrombectomy-end' }] }, valueDateTime: '2026-11-23T13:40:00Z' },
    ],
  }),
  makeOutcome('collateral-grade', 'tan-1', { effectiveDateTime: '2026-11-23T10:10:00Z' }),
];

/** File name -> resource. */
export function makeExamples(): ReadonlyMap<string, Resource> {
  const context = {
    service: SERVICE,
    serverAddress: 'https://fhir.example.org/fhir/R4',
    models: MODELS,
    superseded: new Map(),
  };
  const assessment = makeAssessment({ findings: ESTIMATES });
  const models = planModels(assessment.ensemble, {
    service: SERVICE,
    readModelCard: ({ displayName }) => `# ${displayName}\n\nThe card stands here in full.\n`,
  });
  return new Map<string, Resource>([
    ['Bundle-models.json', toTransaction(models.all)],
    ['Bundle-estimates.json', toTransaction(planResults(assessment, context))],
    ['Bundle-abstentions.json', toTransaction(planResults(makeAssessment({ findings: MIXED }), context))],
    ...OUTCOME_EXAMPLES.map((outcome): [string, Resource] => [
      `Observation-${outcome.meta?.profile?.[0]?.split('/').at(-1) ?? ''}.json`,
      outcome,
    ]),
    ...EVENTS.map((event): [string, Resource] => [
      `AuditEvent-${event.kind}.json`,
      toInteractionAuditEvent(event.kind, event, SERVICE),
    ]),
  ]);
}

export function toExampleText(resource: Resource): string {
  return `${JSON.stringify(resource, undefined, 2)}\n`;
}
