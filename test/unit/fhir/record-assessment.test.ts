import { expect } from 'chai';
import type { Bundle, Provenance, Resource, RiskAssessment } from '@medplum/fhirtypes';
import type { Fault } from '../../../src/errors.ts';
import { toRiskAssessment } from '../../../src/fhir/assessment/to-risk-assessment.ts';
import { faultOf } from '../../support/fault-of.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import type { TestFhirServer } from '../../support/fhir-server.ts';
import { CHART, MIXED, makeAssessment, makeChart, makeNextVersion, signal } from '../../support/fhir-samples.ts';

const ALL_TYPES = ['Device', 'RiskAssessment', 'Observation', 'Provenance', 'AuditEvent', 'DocumentReference'];
const WRITTEN = { Device: 4, RiskAssessment: 3, Observation: 1, Provenance: 1, AuditEvent: 1, DocumentReference: 2 };

async function countAll(server: TestFhirServer): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const type of ALL_TYPES) counts[type] = (await search(server, type)).length;
  return counts;
}

async function search<Type extends Resource>(server: TestFhirServer, query: string): Promise<Type[]> {
  const bundle = (await (await fetch(`${server.url}/${query}`)).json()) as Bundle;
  return (bundle.entry ?? []).map(({ resource }) => resource as Type);
}

function omit<Value extends object, Name extends keyof Value>(value: Value, names: readonly Name[]): Omit<Value, Name> {
  const copy = { ...value };
  for (const name of names) Reflect.deleteProperty(copy, name);
  return copy;
}

const ABILITIES = [
  { transactions: true, conditionalCreate: true },
  { transactions: true, conditionalCreate: false },
  { transactions: false, conditionalCreate: true },
  { transactions: false, conditionalCreate: false },
];

for (const { transactions, conditionalCreate } of ABILITIES) {
  const without = [...(transactions ? [] : ['transactions']), ...(conditionalCreate ? [] : ['conditional create'])];
  describe(`recordAssessment on a server without ${without.join(' and ') || 'gaps'}`, () => {
    let server: TestFhirServer;
    const chart = () => makeChart(server.url, { readModelCard: ({ network }) => `# ${network}` });
    beforeEach(async () => {
      server = await startFhirServer({ resources: CHART, transactions, conditionalCreate });
    });
    afterEach(() => server.close());

    it('is found again exactly as it was written', async () => {
      const assessment = makeAssessment();
      await chart().recordAssessment(assessment, { signal: signal() });
      expect(await chart().findAssessment(assessment.key, { signal: signal() })).to.deep.equal(assessment);
    });

    it('brings abstentions back with reason and detail', async () => {
      const assessment = makeAssessment({ findings: MIXED });
      await chart().recordAssessment(assessment, { signal: signal() });
      expect(await chart().findAssessment(assessment.key, { signal: signal() })).to.deep.equal(assessment);
    });

    it('brings an assessment without series, input and networks back', async () => {
      const rest = omit(makeAssessment({ findings: MIXED }), ['seriesInstanceUid', 'inputDigest']);
      await chart().recordAssessment(rest, { signal: signal() });
      expect(await chart().findAssessment(rest.key, { signal: signal() })).to.deep.equal(rest);
    });

    it('writes and brings back a CT known by its day without a time', async () => {
      const day = makeAssessment({ studyStartedAt: '2026-11-23T00:00:00.000Z', startedPrecision: 'day' });
      await chart().recordAssessment(day, { signal: signal() });
      expect(await chart().findAssessment(day.key, { signal: signal() })).to.deep.equal(day);
      expect(JSON.stringify(await search(server, 'RiskAssessment'))).to.contain('"start":"2026-11-23"');
    });

    it('writes everything once, however often it is asked', async () => {
      for (let turn = 0; turn < 3; turn += 1) await chart().recordAssessment(makeAssessment(), { signal: signal() });
      expect(await countAll(server)).to.deep.equal(WRITTEN);
    });

    it('survives a connection cut after every single write', async () => {
      // Attempt n meets a dead line right after the server did its n-th write: nothing may be doubled or lost.
      const assessment = makeAssessment();
      let attempts = 0;
      for (let done = false; !done; attempts += 1) {
        server.reset();
        let writesLeft = attempts;
        server.plan({
          fault: { kind: 'cut', when: 'after' },
          match: ({ method }) => method !== 'GET' && writesLeft-- === 0,
        });
        try {
          await chart().recordAssessment(assessment, { signal: signal() });
          done = true;
        } catch (error) {
          expect((error as Fault).code).to.equal('fhir-unavailable');
          expect((error as Fault).retryable).to.equal(true);
        }
        server.reset();
      }
      expect(attempts).to.be.greaterThan(1);
      expect(await countAll(server)).to.deep.equal(WRITTEN);
      expect(await chart().findAssessment(assessment.key, { signal: signal() })).to.deep.equal(assessment);
    });

    it('leaves the older model version and names it as superseded', async () => {
      await chart().recordAssessment(makeAssessment(), { signal: signal() });
      const next = makeNextVersion();
      await chart().recordAssessment(next, { signal: signal() });
      expect(await chart().findAssessment(makeAssessment().key, { signal: signal() })).to.deep.equal(makeAssessment());
      const old = await search<RiskAssessment>(server, `RiskAssessment?_tag=${'a'.repeat(64)}`);
      const revisions = (await search<Provenance>(server, `Provenance?_tag=${next.key}`))[0]?.entity?.filter(
        ({ role }) => role === 'revision',
      );
      expect(revisions?.map(({ what }) => what.reference)).to.have.members(
        old.map(({ id }) => `RiskAssessment/${String(id)}`),
      );
    });

    it('does not call a result superseded that was assessed later', async () => {
      await chart().recordAssessment(makeNextVersion(), { signal: signal() });
      await chart().recordAssessment(makeAssessment(), { signal: signal() });
      const [provenance] = await search<Provenance>(server, `Provenance?_tag=${makeAssessment().key}`);
      expect(provenance?.entity?.some(({ role }) => role === 'revision')).to.equal(false);
    });

    it('shows no number of a result that was withdrawn in the chart', async () => {
      const assessment = makeAssessment();
      await chart().recordAssessment(assessment, { signal: signal() });
      for (const risk of await search<RiskAssessment>(server, 'RiskAssessment')) {
        await server.repository.updateResource({ ...risk, status: 'entered-in-error' });
      }
      const found = await chart().findAssessment(assessment.key, { signal: signal() });
      for (const finding of found?.findings ?? []) {
        expect(finding).to.include({ kind: 'abstained', reason: 'withdrawn' }).and.not.have.property('probability');
      }
      expect(found?.findings).to.have.length(3);
    });
  });
}

describe('recordAssessment where two replicas wrote at once on a server without conditional create', () => {
  it('every reader takes the older of the two', async () => {
    const server = await startFhirServer({ resources: CHART, conditionalCreate: false });
    const chart = makeChart(server.url);
    await Promise.all([1, 2].map(() => chart.recordAssessment(makeAssessment(), { signal: signal() })));
    expect((await search(server, 'RiskAssessment')).length).to.equal(6);
    expect(await chart.findAssessment(makeAssessment().key, { signal: signal() })).to.deep.equal(makeAssessment());
    await chart.recordAssessment(makeAssessment(), { signal: signal() });
    expect((await search(server, 'RiskAssessment')).length).to.equal(6);
    await server.close();
  });
});

describe('recordAssessment where the transaction does not go through', () => {
  let server: TestFhirServer;
  beforeEach(async () => {
    server = await startFhirServer({ resources: CHART });
  });
  afterEach(() => server.close());
  const record = () => makeChart(server.url).recordAssessment(makeAssessment(), { signal: signal() });
  const onBase = ({ method, path }: { method: string; path: string }) => method === 'POST' && path === '';
  const answer = (status: number, body: object) =>
    ({ kind: 'body', status, type: 'application/fhir+json', body: JSON.stringify(body) }) as const;
  const outcome = (code: string) => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] });

  for (const status of [404, 405, 501]) {
    it(`${String(status)} on the base means no transactions: it is written in steps`, async () => {
      server.plan({ fault: { kind: 'status', status }, match: onBase });
      await record();
      const found = await makeChart(server.url).findAssessment('a'.repeat(64), { signal: signal() });
      expect(found).to.deep.equal(makeAssessment());
    });
  }

  it('a refused content is not sent again piece by piece', async () => {
    server.plan({ fault: answer(400, outcome('invalid')), match: onBase });
    const fault = await faultOf(record());
    expect(fault).to.include({ code: 'fhir-refused', retryable: false });
    expect(await search(server, 'RiskAssessment')).to.deep.equal([]);
  });

  it('an answer that is no whole transaction is a retryable fault', async () => {
    const refused = { resourceType: 'Bundle', type: 'batch-response', entry: [{ response: { status: '422' } }] };
    server.plan({ fault: answer(200, refused), match: onBase });
    expect(await faultOf(record())).to.include({ code: 'fhir-refused', retryable: true });
  });

  it('409 with nothing there: come back', async () => {
    server.plan({ fault: answer(409, outcome('conflict')), match: onBase });
    expect(await faultOf(record())).to.include({ code: 'fhir-refused', retryable: true });
  });

  it('409 because somebody else was faster: done', async () => {
    server.plan({ fault: { kind: 'disguise', status: 409 }, match: onBase });
    await record();
    expect(await search(server, 'RiskAssessment')).to.have.length(3);
  });

  it('412 because half of it stands there twice: the oldest is taken, the rest is added', async () => {
    const half = toRiskAssessment(makeAssessment().findings[1], makeAssessment(), {
      ensembleDevice: { display: 'ensemble' },
      observations: [],
      supersedes: [],
    });
    for (let copies = 0; copies < 2; copies += 1) await server.repository.createResource(half);
    await record();
    const found = await makeChart(server.url).findAssessment('a'.repeat(64), { signal: signal() });
    expect(found).to.deep.equal(makeAssessment());
    expect(await search(server, 'RiskAssessment')).to.have.length(4);
  });
});

describe('recordAssessment', () => {
  let server: TestFhirServer;
  before(async () => {
    server = await startFhirServer({ resources: CHART });
  });
  after(() => server.close());
  afterEach(() => server.reset());

  it('never sends a create twice by itself', async () => {
    server.plan({ fault: { kind: 'status', status: 500 }, match: ({ method }) => method === 'POST' });
    const fault = await faultOf(makeChart(server.url).recordAssessment(makeAssessment(), { signal: signal() }));
    expect(fault.code).to.equal('fhir-unavailable');
    expect(server.seen.filter(({ method }) => method === 'POST')).to.have.length(1);
  });

  it('writes once when four replicas write at the same moment', async () => {
    await Promise.all(
      [1, 2, 3, 4].map(() => makeChart(server.url).recordAssessment(makeAssessment(), { signal: signal() })),
    );
    expect(await countAll(server)).to.deep.equal({ ...WRITTEN, DocumentReference: 0 });
  });

  it('finds nothing under another key', async () => {
    expect(await makeChart(server.url).findAssessment('0'.repeat(64), { signal: signal() })).to.equal(undefined);
  });

  it('finds an assessment by one search', async () => {
    await makeChart(server.url).findAssessment('a'.repeat(64), { signal: signal() });
    expect(server.seen).to.have.length(1);
  });

  it('calls a changed study record a fault, not an answer', async () => {
    const [risk] = await search<RiskAssessment>(
      server,
      `RiskAssessment?identifier=https://thrombectomy-cds.org/fhir/sid/finding|${'a'.repeat(64)}.ich-present`,
    );
    await server.repository.updateResource(omit(risk!, ['contained']));
    const fault = await faultOf(makeChart(server.url).findAssessment('a'.repeat(64), { signal: signal() }));
    expect(fault.code).to.equal('fhir-refused');
  });
});
