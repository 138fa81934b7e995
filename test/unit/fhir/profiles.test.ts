import { expect } from 'chai';
import type { Bundle, Resource, RiskAssessment } from '@medplum/fhirtypes';
import type { AuditRecord } from '../../../src/assessment/domain/ports.ts';
import { createNoTokens } from '../../../src/fhir/access/access-tokens.ts';
import { createMedplumAuditTrail } from '../../../src/fhir/audit/create-medplum-audit-trail.ts';
import { CANONICAL, PROFILES } from '../../../src/fhir/terminology/canonical.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import {
  CHART,
  MIXED,
  PATIENT_ID,
  SERVICE,
  makeAssessment,
  makeChart,
  makeNextVersion,
  signal,
} from '../../support/fhir-samples.ts';
import { findIssues } from '../../support/profile-validation.ts';

const WRITTEN_TYPES = ['Device', 'DocumentReference', 'RiskAssessment', 'Observation', 'Provenance', 'AuditEvent'];
const EVENTS: readonly AuditRecord[] = [
  {
    kind: 'order-answered',
    at: '2026-11-23T12:00:00.000Z',
    outcome: 'success',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    userId: 'Practitioner/surgeon',
    encounterId: 'e1',
    orderId: 'draft-1',
    caller: 'https://ehr.example.org',
    patientId: PATIENT_ID,
    assessmentKey: 'a'.repeat(64),
    cardUuids: ['5a1d3a8e-5f4c-4f4e-8f73-8d1c1d0f0001'],
    answer: { decision: 'raised-hemorrhage', hook: 'order-sign', durationMs: 31 },
  },
  {
    kind: 'monitoring-viewed',
    at: '2026-11-23T12:04:00.000Z',
    outcome: 'success',
    look: { viewer: 'quality-office', query: 'from=2026-11-01&to=2026-11-23' },
  },
  { kind: 'caller-refused', at: '2026-11-23T12:01:00.000Z', outcome: 'minor-failure', code: 'caller-unverified' },
  {
    kind: 'evidence-viewed',
    at: '2026-11-23T12:02:00.000Z',
    outcome: 'success',
    userId: 'PractitionerRole/r1',
    patientId: PATIENT_ID,
    assessmentKey: 'a'.repeat(64),
  },
  {
    kind: 'feedback-received',
    at: '2026-11-23T12:03:00.000Z',
    outcome: 'success',
    feedback: {
      outcome: 'overridden',
      overrideReason: { system: `${CANONICAL}/CodeSystem/override-reason`, code: 'finding-not-plausible' },
    },
    caller: 'https://ehr.example.org',
    cardUuids: ['5a1d3a8e-5f4c-4f4e-8f73-8d1c1d0f0001'],
  },
  {
    kind: 'results-exported',
    at: '2026-11-23T12:04:00.000Z',
    outcome: 'serious-failure',
    code: 'pacs-store-refused',
    patientId: PATIENT_ID,
    assessmentKey: 'a'.repeat(64),
    destination: 'https://pacs.example.org/dicom-web',
  },
];

/** Everything the service can write, read back from the server over HTTP. */
async function writeAndReadBack(): Promise<Resource[]> {
  const server = await startFhirServer({ resources: CHART });
  try {
    const chart = makeChart(server.url, { readModelCard: ({ network }) => `# ${network}` });
    await chart.recordAssessment(makeAssessment(), { signal: signal() });
    await chart.recordAssessment(makeNextVersion(), { signal: signal() });
    await chart.recordAssessment(makeAssessment({ key: 'c'.repeat(64), findings: MIXED }), { signal: signal() });
    const audit = createMedplumAuditTrail({ baseUrl: server.url, tokens: createNoTokens(), service: SERVICE });
    for (const event of EVENTS) await audit.record(event);
    const bundles = await Promise.all(
      WRITTEN_TYPES.map(async (type) => (await (await fetch(`${server.url}/${type}?_count=100`)).json()) as Bundle),
    );
    return bundles.flatMap(({ entry }) => (entry ?? []).map(({ resource }) => resource as Resource));
  } finally {
    await server.close();
  }
}

describe('everything the service writes conforms to R4 and to its profiles, bindings included', () => {
  let written: Resource[];
  before(async () => {
    written = await writeAndReadBack();
  });

  it('writes every type', () => {
    const counts = WRITTEN_TYPES.map((type) => written.filter(({ resourceType }) => resourceType === type).length);
    expect(counts).to.deep.equal([5, 2, 9, 2, 3, 9]);
  });

  for (const type of WRITTEN_TYPES) {
    it(type, () => {
      const issues = written
        .filter(({ resourceType }) => resourceType === type)
        .flatMap((resource) => findIssues(resource).map((issue) => `${String(resource.meta?.profile)}: ${issue}`));
      expect(issues).to.deep.equal([]);
    });
  }

  it('uses every profile', () => {
    const claimed = new Set(written.flatMap(({ meta }) => meta?.profile ?? []));
    expect([...claimed]).to.include.members(Object.values(PROFILES));
  });
});

describe('the profiles refuse what must never stand in the chart', () => {
  let estimate: RiskAssessment;
  let abstention: RiskAssessment;
  before(async () => {
    const risks = (await writeAndReadBack()).filter((one) => one.resourceType === 'RiskAssessment');
    estimate = risks.find(({ status }) => status === 'final')!;
    abstention = risks.find(({ status }) => status === 'cancelled')!;
  });

  const change = (risk: RiskAssessment, edit: (copy: RiskAssessment) => void) => {
    expect(findIssues(risk)).to.deep.equal([]);
    const copy = structuredClone(risk);
    edit(copy);
    return findIssues(copy);
  };
  const cases: readonly (readonly [string, () => string[]])[] = [
    [
      'an abstention with a probability',
      () => change(abstention, (risk) => (risk.prediction![0]!.probabilityDecimal = 3)),
    ],
    ['an abstention without a reason', () => change(abstention, (risk) => (risk.prediction![0]!.extension = []))],
    ['an abstention that calls itself final', () => change(abstention, (risk) => (risk.status = 'final'))],
    ['an estimate that calls itself cancelled', () => change(estimate, (risk) => (risk.status = 'cancelled'))],
    ['an estimate without the AI label', () => change(estimate, (risk) => (risk.meta!.security = [{ code: 'R' }]))],
    [
      'a risk without a period',
      () => change(estimate, (risk) => Reflect.deleteProperty(risk.prediction![0]!, 'whenPeriod')),
    ],
    ['a risk without a performer', () => change(estimate, (risk) => Reflect.deleteProperty(risk, 'performer'))],
    [
      'a result without an evidence level',
      () =>
        change(
          estimate,
          (risk) => (risk.extension = risk.extension!.filter(({ url }) => !url.endsWith('evidence-level'))),
        ),
    ],
    [
      'an unknown evidence level',
      () =>
        change(
          estimate,
          (risk) => (risk.extension!.find(({ url }) => url.endsWith('evidence-level'))!.valueCode = 'superb'),
        ),
    ],
    [
      'an unknown reason',
      () =>
        change(
          abstention,
          (risk) => (risk.prediction![0]!.extension![0]!.valueCodeableConcept!.coding![0]!.code = 'tired'),
        ),
    ],
    [
      'an unknown call',
      () => change(estimate, (risk) => (risk.prediction![0]!.qualitativeRisk!.coding![0]!.code = 'low')),
    ],
    ['another status', () => change(estimate, (risk) => (risk.status = 'preliminary'))],
    [
      'a model digest that is none',
      () =>
        change(
          estimate,
          (risk) => (risk.extension!.find(({ url }) => url.endsWith('model-digest'))!.valueString = 'v1'),
        ),
    ],
    ['more than 100 percent', () => change(estimate, (risk) => (risk.prediction![0]!.probabilityDecimal = 101))],
    ['a missing key', () => change(estimate, (risk) => (risk.identifier = [risk.identifier![0]!]))],
  ];
  const part = (risk: RiskAssessment, url: string, name: string) =>
    risk.prediction![0]!.extension!.find((one) => one.url.endsWith(url))!.extension!.find((one) => one.url === name)!;
  const parts: typeof cases = [
    ['an opinion of nobody', () => change(estimate, (risk) => (part(risk, 'network-opinion', 'network').url = 'x'))],
    [
      'an opinion beyond 100 percent',
      () => change(estimate, (risk) => (part(risk, 'network-opinion', 'probability').valueDecimal = 144)),
    ],
    [
      'an interval upside down',
      () => change(estimate, (risk) => (part(risk, 'probability-interval', 'range').valueRange!.low!.value = 99)),
    ],
    [
      'an interval that is no percentage',
      () => change(estimate, (risk) => (part(risk, 'probability-interval', 'range').valueRange!.low!.code = 'mm')),
    ],
  ];
  for (const [title, issues] of [...cases, ...parts]) {
    it(title, () => {
      expect(issues()).not.to.deep.equal([]);
    });
  }
});
