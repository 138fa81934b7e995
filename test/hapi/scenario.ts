/**
 * What must hold on any real FHIR R4 server, as named checks: choosing the CT, writing once, reading back,
 * superseding, abstaining, withdrawing, auditing. Run against HAPI by prove.ts, and against the sandbox's server by
 * test/unit/fhir/scenario.test.ts, so that it keeps up with what it proves.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Bundle, Observation, Provenance, Resource, RiskAssessment } from '@medplum/fhirtypes';
import type { AuditRecord } from '../../src/assessment/domain/ports.ts';
import { createNoTokens } from '../../src/fhir/access/access-tokens.ts';
import { createMedplumAuditTrail } from '../../src/fhir/audit/create-medplum-audit-trail.ts';
import { CANONICAL } from '../../src/fhir/terminology/canonical.ts';
import {
  CHART,
  MIXED,
  ORDERED_AT,
  PATIENT_ID,
  SERVICE,
  endpoint,
  makeAssessment,
  makeChart,
  makeImagingStudy,
  makeNextVersion,
} from '../support/fhir-samples.ts';

export interface Check {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const event = { outcome: 'success', caller: 'https://ehr.example.org', patientId: PATIENT_ID } as const;

/** A radiologist's reading of the same CT. */
const OUTCOME = JSON.parse(
  readFileSync(
    new URL('../../fhir-profiles/examples/Observation-hemorrhage-before-thrombectomy.json', import.meta.url),
    'utf8',
  ),
) as Observation;

/** The checks build on each other, in this order, on an empty server. */
export function listChecks(baseUrl: string): readonly Check[] {
  const chart = makeChart(baseUrl, { readModelCard: ({ network }) => `# ${network}`, timeoutMs: 60_000 });
  const audit = createMedplumAuditTrail({ baseUrl, tokens: createNoTokens(), service: SERVICE, timeoutMs: 60_000 });
  const assessment = makeAssessment();
  const abstained = makeAssessment({ key: 'c'.repeat(64), findings: MIXED });

  async function send(method: string, path: string, resource: Resource): Promise<void> {
    const response = await fetch(`${baseUrl}/${path}`, {
      method,
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    });
    assert.ok(response.ok, `${method} ${path}: ${String(response.status)} ${(await response.text()).slice(0, 400)}`);
  }
  async function get<Type extends Resource>(query: string): Promise<Type[]> {
    const [path = '', parameters = ''] = query.split('?');
    const response = await fetch(`${baseUrl}/${path}?${new URLSearchParams(parameters).toString()}&_count=200`);
    assert.equal(response.status, 200, `${query}: ${String(response.status)}`);
    return (((await response.json()) as Bundle).entry ?? []).map(({ resource }) => resource as Type);
  }

  return [
    {
      name: 'fill: patient, endpoint, study, practitioner, encounter',
      run: async () => {
        const study = makeImagingStudy({ endpoint: [{ reference: 'Endpoint/pacs' }] });
        const people: Resource[] = [
          { resourceType: 'Practitioner', id: 'ann' },
          {
            resourceType: 'Encounter',
            id: 'e1',
            status: 'in-progress',
            class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER' },
          },
        ];
        for (const one of [...CHART.filter(({ id }) => id !== 'study-1'), study, ...people]) {
          await send('PUT', `${one.resourceType}/${one.id ?? ''}`, one);
        }
      },
    },
    { name: 'isReachable', run: async () => assert.equal(await chart.isReachable({ signal: signal() }), true) },
    {
      name: 'findPreoperativeCt, and the study again with its endpoint',
      run: async () => {
        const search = { patientId: PATIENT_ID, orderedAt: ORDERED_AT, maximumAgeHours: 24 };
        const found = await chart.findPreoperativeCt(search, { signal: signal() });
        assert.equal(found.kind === 'found' && found.study.imagingStudyId, 'study-1');
        const study = await chart.readCtStudy('study-1', { signal: signal() });
        assert.equal('wadoRsBaseUrl' in study && study.wadoRsBaseUrl, endpoint.address);
      },
    },
    {
      name: 'findRecentHeadCts and readCtStudy',
      run: async () => {
        const recent = await chart.findRecentHeadCts('2026-11-23T00:00:00Z', { signal: signal() });
        assert.deepEqual(
          recent.map(({ imagingStudyId }) => imagingStudyId),
          ['study-1'],
        );
        const gone = await chart.readCtStudy('gone', { signal: signal() });
        assert.equal('reason' in gone && gone.reason, 'no-imaging-study');
      },
    },
    {
      name: 'recordAssessment and back, exactly',
      run: async () => {
        await chart.recordAssessment(assessment, { signal: signal() });
        assert.deepEqual(await chart.findAssessment(assessment.key, { signal: signal() }), assessment);
      },
    },
    {
      name: 'a second time writes nothing',
      run: async () => {
        await chart.recordAssessment(assessment, { signal: signal() });
        assert.equal((await get('RiskAssessment?')).length, 3);
        assert.equal((await get('Provenance?')).length, 1);
      },
    },
    {
      name: 'four replicas at once write once',
      run: async () => {
        const results = await Promise.allSettled(
          [1, 2, 3, 4].map(() => chart.recordAssessment(abstained, { signal: signal() })),
        );
        // A replica that lost the race may be told to come back; then it finds the work done.
        for (const result of results.filter(({ status }) => status === 'rejected')) {
          assert.equal((result as { reason: { retryable?: boolean } }).reason.retryable, true);
          await chart.recordAssessment(abstained, { signal: signal() });
        }
        assert.equal((await get(`RiskAssessment?_tag=${abstained.key}`)).length, 3);
        assert.equal((await get(`AuditEvent?_tag=${abstained.key}`)).length, 1);
      },
    },
    {
      name: 'abstentions come back with their reasons',
      run: async () => {
        assert.deepEqual(await chart.findAssessment(abstained.key, { signal: signal() }), abstained);
      },
    },
    {
      name: 'a newer model version supersedes without deleting',
      run: async () => {
        const next = makeNextVersion();
        await chart.recordAssessment(next, { signal: signal() });
        const [provenance] = await get<Provenance>(`Provenance?_tag=${next.key}`);
        assert.equal(provenance?.entity?.filter(({ role }) => role === 'revision').length, 3);
        assert.deepEqual(await chart.findAssessment(assessment.key, { signal: signal() }), assessment);
      },
    },
    {
      name: 'audit events are written once, known user or not',
      run: async () => {
        const records: readonly AuditRecord[] = [
          {
            ...event,
            kind: 'order-answered',
            at: '2026-11-23T11:00:00.000Z',
            userId: 'Practitioner/ann',
            encounterId: 'e1',
            assessmentKey: assessment.key,
            hookInstance: 'h1',
            cardUuids: ['c1'],
            answer: { decision: 'raised-hemorrhage', hook: 'order-sign', durationMs: 31 },
          },
          {
            ...event,
            kind: 'evidence-viewed',
            at: '2026-11-23T11:01:00.000Z',
            userId: 'Practitioner/stranger',
            assessmentKey: assessment.key,
          },
          {
            ...event,
            kind: 'feedback-received',
            at: '2026-11-23T11:02:00.000Z',
            assessmentKey: assessment.key,
            feedback: {
              outcome: 'overridden',
              overrideReason: { system: `${CANONICAL}/CodeSystem/override-reason`, code: 'finding-not-plausible' },
            },
          },
          {
            kind: 'results-exported',
            at: '2026-11-23T11:02:30.000Z',
            outcome: 'success',
            patientId: PATIENT_ID,
            assessmentKey: assessment.key,
            destination: 'https://pacs.example.org/dicom-web',
          },
          {
            kind: 'monitoring-viewed',
            at: '2026-11-23T11:02:40.000Z',
            outcome: 'success',
            look: { viewer: 'quality-office', query: 'from=2026-11-01&to=2026-11-23' },
          },
          {
            kind: 'caller-refused',
            at: '2026-11-23T11:03:00.000Z',
            outcome: 'minor-failure',
            code: 'caller-unverified',
          },
        ];
        for (const record of [...records, ...records]) await audit.record(record);
        const views = `AuditEvent?subtype=${CANONICAL}/CodeSystem/audit-events|evidence-viewed`;
        assert.equal((await get(views)).length, 1);
        assert.equal((await get(`${views}&patient=Patient/${PATIENT_ID}`)).length, 1);
      },
    },
    {
      name: "an outcome stands in the chart, as the site's report looks for it",
      run: () => send('POST', 'Observation', OUTCOME),
    },
    ...listAuditQueries(get, assessment),
    {
      name: 'a withdrawn result shows no number',
      run: async () => {
        for (const risk of await get<RiskAssessment>(`RiskAssessment?_tag=${assessment.key}`)) {
          await send('PUT', `RiskAssessment/${risk.id ?? ''}`, { ...risk, status: 'entered-in-error' });
        }
        const found = await chart.findAssessment(assessment.key, { signal: signal() });
        assert.deepEqual(
          found?.findings.map(({ kind }) => kind),
          ['abstained', 'abstained', 'abstained'],
        );
      },
    },
  ];
}

/** Every query of docs/audit.md finds something. */
function listAuditQueries(
  get: <Type extends Resource>(query: string) => Promise<Type[]>,
  assessment: ReturnType<typeof makeAssessment>,
): readonly Check[] {
  const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^GET (\S+)$/gm)].map(([, query = '']) => ({
    name: query,
    run: async () => {
      const idOf = async (search: string) => (await get(search))[0]?.id ?? 'none';
      const values: Record<string, () => Promise<string> | string> = {
        patient: () => PATIENT_ID,
        practitioner: () => 'ann',
        since: () => '2026-11-23T00:00:00Z',
        from: () => '2026-11-23T00:00:00.000Z',
        until: () => '2026-11-24T00:00:00.000Z',
        sid: () => `${CANONICAL}/sid`,
        cs: () => `${CANONICAL}/CodeSystem`,
        key: () => assessment.key,
        study: () => 'study-1',
        result: () => idOf(`RiskAssessment?_tag=${assessment.key}`),
        withdrawn: () => idOf(`RiskAssessment?_tag=${assessment.key}`),
        ensembleDigest: () => assessment.ensemble.digest,
        networkDigest: () => assessment.ensemble.networks[0]?.digest ?? '',
        ensemble: () => idOf(`Device?identifier=${CANONICAL}/sid/ensemble-digest|${assessment.ensemble.digest}`),
        network: () => idOf(`Device?identifier=${assessment.ensemble.networks[0]?.digest ?? ''}`),
      };
      let filled = query;
      for (const [name, value] of Object.entries(values)) {
        if (filled.includes(`{${name}}`)) filled = filled.replaceAll(`{${name}}`, await value());
      }
      assert.ok((await get(filled)).length > 0, `${filled} finds nothing`);
    },
  }));
}
