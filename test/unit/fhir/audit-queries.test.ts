import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { AuditEvent, Bundle, Device, Observation, Resource, RiskAssessment } from '@medplum/fhirtypes';
import type { AuditRecord } from '../../../src/assessment/domain/ports.ts';
import { createNoTokens } from '../../../src/fhir/access/access-tokens.ts';
import { createMedplumAuditTrail } from '../../../src/fhir/audit/create-medplum-audit-trail.ts';
import { CANONICAL } from '../../../src/fhir/terminology/canonical.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import type { TestFhirServer } from '../../support/fhir-server.ts';
import {
  CHART,
  MIXED,
  PATIENT_ID,
  SERVICE,
  makeAssessment,
  makeChart,
  makeImagingStudy,
  makeNextVersion,
  signal,
} from '../../support/fhir-samples.ts';
import { findIssues } from '../../support/profile-validation.ts';

const PAGE = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8');
const QUERIES = [...PAGE.matchAll(/^GET (\S+)$/gm)].map(([, query]) => query ?? '');
const KEY = 'a'.repeat(64);
const OTHERS_KEY = 'c'.repeat(64);
const REASONS = `${CANONICAL}/CodeSystem/override-reason`;

const shared = { outcome: 'success', caller: 'https://ehr.example.org' } as const;
const EVENTS: readonly AuditRecord[] = [
  {
    ...shared,
    kind: 'order-answered',
    at: '2026-11-23T11:00:00.000Z',
    userId: 'Practitioner/ann',
    patientId: PATIENT_ID,
    assessmentKey: KEY,
    orderId: 'o1',
    hookInstance: 'h1',
    cardUuids: ['c1', 'c2'],
    answer: { decision: 'raised-hemorrhage', hook: 'order-sign', durationMs: 31 },
  },
  {
    ...shared,
    kind: 'order-answered',
    at: '2026-11-23T11:10:00.000Z',
    userId: 'Practitioner/bob',
    patientId: 'patient-2',
    orderId: 'o2',
    hookInstance: 'h2',
    cardUuids: ['c3'],
  },
  {
    ...shared,
    kind: 'evidence-viewed',
    at: '2026-11-23T11:20:00.000Z',
    userId: 'Practitioner/ann',
    patientId: PATIENT_ID,
    assessmentKey: KEY,
  },
  {
    ...shared,
    kind: 'evidence-viewed',
    at: '2026-11-23T11:30:00.000Z',
    userId: 'Practitioner/bob',
    patientId: 'patient-2',
    assessmentKey: OTHERS_KEY,
  },
  {
    ...shared,
    kind: 'feedback-received',
    at: '2026-11-23T11:40:00.000Z',
    assessmentKey: KEY,
    cardUuids: ['c1'],
    feedback: { outcome: 'overridden', overrideReason: { system: REASONS, code: 'finding-not-plausible' } },
  },
  {
    ...shared,
    kind: 'feedback-received',
    at: '2026-11-23T11:41:00.000Z',
    assessmentKey: KEY,
    cardUuids: ['c2'],
    feedback: { outcome: 'overridden', overrideReason: { system: REASONS, code: 'already-known' } },
  },
  {
    ...shared,
    kind: 'feedback-received',
    at: '2026-11-23T11:42:00.000Z',
    cardUuids: ['c3'],
    feedback: { outcome: 'accepted' },
  },
  {
    kind: 'monitoring-viewed',
    at: '2026-11-23T11:45:00.000Z',
    outcome: 'success',
    look: { viewer: 'quality-office', query: 'from=2026-11-01&to=2026-11-23' },
  },
  {
    kind: 'results-exported',
    at: '2026-11-23T11:46:00.000Z',
    outcome: 'success',
    patientId: 'patient-2',
    assessmentKey: OTHERS_KEY,
    destination: 'https://pacs.example.org/dicom-web',
  },
  { kind: 'caller-refused', at: '2026-11-23T11:50:00.000Z', outcome: 'minor-failure', code: 'caller-unverified' },
];

const OUTCOMES = ['hemorrhage-before-thrombectomy', 'hemorrhage-after-thrombectomy', 'collateral-grade'].map((name) => {
  const file = new URL(`../../../fhir-profiles/examples/Observation-${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Observation;
});

describe('docs/audit.md: every query, over HTTP', () => {
  let server: TestFhirServer;
  let filled: Record<string, string>;
  before(async () => {
    const others = makeImagingStudy({ id: 'study-2', subject: { reference: 'Patient/patient-2' } });
    server = await startFhirServer({ resources: [...CHART, { resourceType: 'Patient', id: 'patient-2' }, others] });
    const chart = makeChart(server.url);
    await chart.recordAssessment(makeAssessment(), { signal: signal() });
    await chart.recordAssessment(makeNextVersion(), { signal: signal() });
    const other = { key: OTHERS_KEY, patientId: 'patient-2', imagingStudyId: 'study-2', findings: MIXED };
    await chart.recordAssessment(makeAssessment(other), { signal: signal() });
    const withdrawn = (await get<RiskAssessment>(`RiskAssessment?_tag=${OTHERS_KEY}`)).find(
      ({ status }) => status === 'final',
    );
    await server.repository.updateResource({ ...withdrawn!, status: 'entered-in-error' });
    for (const outcome of OUTCOMES) await server.repository.createResource(outcome);
    const audit = createMedplumAuditTrail({ baseUrl: server.url, tokens: createNoTokens(), service: SERVICE });
    for (const event of EVENTS) await audit.record(event);
    const deviceId = async (system: string, digest: string) =>
      (await get<Device>(`Device?identifier=${CANONICAL}/sid/${system}|${digest}`))[0]?.id ?? '';
    filled = {
      patient: PATIENT_ID,
      practitioner: 'ann',
      since: '2026-11-23T00:00:00Z',
      from: '2026-11-23T00:00:00.000Z',
      until: '2026-11-24T00:00:00.000Z',
      sid: `${CANONICAL}/sid`,
      cs: `${CANONICAL}/CodeSystem`,
      key: KEY,
      study: 'study-1',
      result: (await get<RiskAssessment>(`RiskAssessment?_tag=${KEY}`))[0]?.id ?? '',
      withdrawn: withdrawn!.id!,
      ensembleDigest: makeAssessment().ensemble.digest,
      networkDigest: makeAssessment().ensemble.networks[0]!.digest,
      ensemble: await deviceId('ensemble-digest', makeAssessment().ensemble.digest),
      network: await deviceId('network-digest', makeAssessment().ensemble.networks[0]!.digest),
    };
  });
  after(() => server.close());

  async function get<Type extends Resource>(query: string): Promise<Type[]> {
    const [path = '', parameters = ''] = query.split('?');
    const response = await fetch(`${server.url}/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await response.json()) as Bundle;
    expect(response.status, JSON.stringify(body)).to.equal(200);
    return (body.entry ?? []).map(({ resource }) => resource as Type);
  }
  const ask = (query: string) => get(query.replaceAll(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? 'missing'));
  const kinds = (events: Resource[]) =>
    (events as AuditEvent[]).map(
      ({ subtype }) =>
        subtype?.find(({ system }) => system === `${CANONICAL}/CodeSystem/audit-events`)?.code ?? 'analysis',
    );

  /** Query as it stands on the page -> what it must find. */
  const EXPECTED: Readonly<Record<string, (found: Resource[]) => void>> = {
    'AuditEvent?patient=Patient/{patient}&date=ge{since}&_sort=-date': (found) =>
      expect(kinds(found)).to.deep.equal(['analysis', 'evidence-viewed', 'order-answered', 'analysis']),
    'AuditEvent?agent=Practitioner/{practitioner}&date=ge{since}&_sort=-date': (found) =>
      expect(kinds(found)).to.deep.equal(['evidence-viewed', 'order-answered']),
    'AuditEvent?_tag={sid}/assessment|{key}&subtype={cs}/audit-events|evidence-viewed': (found) =>
      expect(found).to.have.length(1),
    'AuditEvent?subtype={cs}/audit-events|results-exported&date=ge{since}&_sort=-date': (found) => {
      expect(found).to.have.length(1);
      expect(JSON.stringify(found[0])).to.include('https://pacs.example.org/dicom-web');
    },
    'RiskAssessment?_tag={sid}/assessment|{key}': (found) => expect(found).to.have.length(3),
    'Provenance?_tag={sid}/assessment|{key}': (found) => expect(found).to.have.length(1),
    'AuditEvent?_tag={sid}/assessment|{key}': (found) =>
      expect(kinds(found)).to.have.members([
        'analysis',
        'order-answered',
        'evidence-viewed',
        'feedback-received',
        'feedback-received',
      ]),
    'Observation?_tag={sid}/assessment|{key}': (found) => expect(found).to.have.length(1),
    // Those that follow a first one: revised-assessment.test.ts.
    'RiskAssessment?identifier={sid}/assessment|{key},{sid}/first-assessment|{key}': (found) =>
      expect(found).to.have.length(3),
    'RiskAssessment?subject=Patient/{patient}&method={cs}/methods|network-ensemble&_sort=-date': (found) => {
      expect(found).to.have.length(6);
      expect((found[0] as RiskAssessment).occurrenceDateTime).to.equal(makeNextVersion().assessedAt);
    },
    'RiskAssessment?method={cs}/methods|network-ensemble&date=ge{since}&_elements=subject,status,prediction&_sort=-date':
      (found) => {
        expect(found).to.have.length(9);
        const abstained = (found as RiskAssessment[]).filter(({ status }) => status === 'cancelled');
        expect(JSON.stringify(abstained.map(({ prediction }) => prediction))).to.include('networks-disagree');
        for (const { prediction } of abstained) expect(prediction?.[0]).not.to.have.property('probabilityDecimal');
      },
    'RiskAssessment?method={cs}/methods|network-ensemble&_lastUpdated=ge{since}': (found) =>
      expect((found as RiskAssessment[]).filter(({ status }) => status === 'entered-in-error')).to.have.length(1),
    'RiskAssessment/{withdrawn}/_history': (found) =>
      expect((found as RiskAssessment[]).map(({ status }) => status)).to.have.members(['entered-in-error', 'final']),
    'Provenance?entity=ImagingStudy/{study}': (found) => expect(found).to.have.length(2),
    'Provenance?target=RiskAssessment/{result}': (found) => expect(found).to.have.length(1),
    'RiskAssessment?method={sid}/ensemble-digest|{ensembleDigest}': (found) => expect(found).to.have.length(6),
    'Device?identifier={sid}/ensemble-digest|{ensembleDigest}': (found) => expect(found).to.have.length(1),
    'RiskAssessment?performer=Device/{ensemble}': (found) => expect(found).to.have.length(6),
    'Device?identifier={sid}/network-digest|{networkDigest}': (found) => expect(found).to.have.length(1),
    'Provenance?agent=Device/{network}': (found) => expect(found).to.have.length(3),
    'AuditEvent?subtype={cs}/audit-events|card-overridden&date=ge{since}': (found) => expect(found).to.have.length(2),
    'AuditEvent?subtype={cs}/override-reason|finding-not-plausible': (found) => expect(found).to.have.length(1),
    'AuditEvent?subtype={cs}/cards|raised-hemorrhage': (found) =>
      expect(kinds(found)).to.deep.equal(['order-answered']),
    'RiskAssessment?method={cs}/methods|network-ensemble&date=ge{from}&date=lt{until}&_sort=-date': (found) =>
      expect(found).to.have.length(6),
    'AuditEvent?subtype={cs}/audit-events|order-answered&date=ge{from}&date=lt{until}&_sort=-date': (found) =>
      expect(found).to.have.length(2),
    'AuditEvent?subtype={cs}/audit-events|feedback-received&date=ge{from}&date=lt{until}&_sort=-date': (found) =>
      expect(found).to.have.length(3),
    'Observation?code={cs}/outcomes|hemorrhage-before-thrombectomy,{cs}/outcomes|hemorrhage-after-thrombectomy,{cs}/outcomes|collateral-grade&date=ge{from}&date=lt{until}&_sort=-date':
      // The follow-up is of the next day.
      (found) => expect(found).to.have.length(2),
    'AuditEvent?subtype={cs}/audit-events|monitoring-viewed': (found) => {
      const [event] = found as AuditEvent[];
      expect(event?.agent.find(({ requestor }) => requestor)?.who?.identifier?.value).to.equal('quality-office');
    },
    'AuditEvent?subtype={cs}/audit-events|order-answered&date=ge{since}': (found) => {
      const withAssessment = (found as AuditEvent[]).filter(({ entity }) =>
        entity?.some(({ what }) => what?.type === 'RiskAssessment'),
      );
      expect([found.length, withAssessment.length]).to.deep.equal([2, 1]);
    },
    'AuditEvent?subtype={cs}/audit-events|caller-refused&date=ge{since}': (found) =>
      expect((found as AuditEvent[]).map(({ outcomeDesc }) => outcomeDesc)).to.deep.equal(['caller-unverified']),
    'RiskAssessment?_security=http://terminology.hl7.org/CodeSystem/v3-ObservationValue|AIAST&_sort=-date': (found) =>
      expect(found).to.have.length(9),
  };

  it('every query of the page has its test, and every test its query', () => {
    expect(QUERIES).to.have.members(Object.keys(EXPECTED));
  });

  for (const query of QUERIES) {
    it(query, async () => {
      EXPECTED[query]!(await ask(query));
    });
  }

  it('an event keeps its own time, and is written once under one id', async () => {
    const audit = createMedplumAuditTrail({ baseUrl: server.url, tokens: createNoTokens(), service: SERVICE });
    const record: AuditRecord = {
      ...shared,
      kind: 'evidence-viewed',
      at: '2026-11-20T08:00:00.000Z',
      patientId: 'patient-2',
    };
    for (let turn = 0; turn < 3; turn += 1) await audit.write({ id: 'queue-7', record }, { signal: signal() });
    const found = await get<AuditEvent>(`AuditEvent?_tag=${CANONICAL}/sid/record|queue-7`);
    expect(found.map(({ recorded }) => recorded)).to.deep.equal([record.at]);
  });

  const strangers = async (id: string, refusals: number) => {
    const fault = { kind: 'status', status: 400 } as const;
    server.plan({ fault, match: ({ method }) => method === 'POST', times: refusals });
    const audit = createMedplumAuditTrail({ baseUrl: server.url, tokens: createNoTokens(), service: SERVICE });
    const record: AuditRecord = {
      ...shared,
      kind: 'evidence-viewed',
      at: '2026-11-20T09:00:00.000Z',
      userId: 'Practitioner/x',
      patientId: 'patient-2',
    };
    await audit.write({ id, record }, { signal: signal() });
    const [event] = await get<AuditEvent>(`AuditEvent?_tag=${CANONICAL}/sid/record|${id}`);
    expect(findIssues(event!)).to.deep.equal([]);
    return [event?.agent.find(({ requestor }) => requestor)?.who, event?.entity?.[0]?.what];
  };

  it('an event about a user whom the server does not know is kept, and still found by its patient', async () => {
    expect(await strangers('queue-8', 1)).to.deep.equal([
      { type: 'Practitioner', identifier: { value: 'x' } },
      { reference: 'Patient/patient-2' },
    ]);
  });

  it('an event about a patient whom the server does not know is kept too', async () => {
    expect(await strangers('queue-9', 2)).to.deep.equal([
      { type: 'Practitioner', identifier: { value: 'x' } },
      { type: 'Patient', identifier: { value: 'patient-2' } },
    ]);
  });

  it('no AuditEvent holds a name, a token or a body', async () => {
    const all = JSON.stringify(await get('AuditEvent?_count=100'));
    // The query of a look at the monitoring page (base64 of "from=2…") holds days alone.
    expect(all).not.to.match(/"name"|Bearer|access_token|"query":"(?!ZnJvbT0y)/);
  });
});
