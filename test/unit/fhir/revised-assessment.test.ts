/** A study that was assessed again because images came later (ADR 0007): what stands in the chart, and which one counts. */
import { expect } from 'chai';
import type { Bundle, Provenance, Resource, RiskAssessment } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import { EXTENSIONS, IDENTIFIERS } from '../../../src/fhir/terminology/canonical.ts';
import { faultOf } from '../../support/fault-of.ts';
import { startFhirServer, type TestFhirServer } from '../../support/fhir-server.ts';
import { CHART, makeAssessment, makeChart, makeNextVersion, makeRevision, signal } from '../../support/fhir-samples.ts';
import { findIssues } from '../../support/profile-validation.ts';

const FIRST = makeAssessment();

async function search<Type extends Resource>(server: TestFhirServer, query: string): Promise<Type[]> {
  const bundle = (await (await fetch(`${server.url}/${query}`)).json()) as Bundle;
  return (bundle.entry ?? []).map(({ resource }) => resource as Type);
}

for (const transactions of [true, false]) {
  describe(`a revised assessment on a server ${transactions ? 'with' : 'without'} transactions`, () => {
    let server: TestFhirServer;
    const chart = () => makeChart(server.url);
    const record = (assessment: StudyAssessment) => chart().recordAssessment(assessment, { signal: signal() });
    const findCurrent = () => chart().findCurrentAssessment(FIRST.key, { signal: signal() });
    beforeEach(async () => {
      server = await startFhirServer({ resources: CHART, transactions, conditionalCreate: transactions });
    });
    afterEach(() => server.close());

    it('is the current one, in whatever order they were written; the earlier ones stay where they are', async () => {
      const all = [FIRST, makeRevision(1), makeRevision(2)];
      expect(await findCurrent()).to.equal(undefined);
      for (const one of [all[0]!, all[2]!, all[1]!]) await record(one);
      expect(await findCurrent()).to.deep.equal(all[2]);
      for (const one of all) expect(await chart().findAssessment(one.key, { signal: signal() })).to.deep.equal(one);
    });

    it('does not follow the clocks of replicas, but its number', async () => {
      await record(FIRST);
      await record(makeRevision(1, { assessedAt: '2026-11-23T10:04:00.000Z' }));
      expect((await findCurrent())?.key).to.equal(makeRevision(1).key);
    });

    it('names the earlier one also where the clock of its replica was behind', async () => {
      await record(FIRST);
      await record(makeRevision(1, { assessedAt: new Date(Date.parse(FIRST.assessedAt) - 60_000).toISOString() }));
      const earlier = await search<RiskAssessment>(server, `RiskAssessment?_tag=${FIRST.key}`);
      const later = await search<RiskAssessment>(server, `RiskAssessment?_tag=${makeRevision(1).key}`);
      const named = later.flatMap(({ extension }) =>
        extension!.flatMap(({ url, valueReference }) =>
          url === EXTENSIONS.supersedes ? [valueReference!.reference] : [],
        ),
      );
      expect(named).to.have.members(earlier.map(({ id }) => `RiskAssessment/${id!}`));
    });

    it('is another one than that of other networks, which has a first key of its own', async () => {
      await record(FIRST);
      await record(makeNextVersion());
      expect(await findCurrent()).to.deep.equal(FIRST);
    });

    it('names what it supersedes: by extension and Provenance, by the first key, and in words for a reader', async () => {
      for (const one of [FIRST, makeRevision(1), makeRevision(2)]) await record(one);
      const idsOf = async ({ key }: StudyAssessment) =>
        (await search<RiskAssessment>(server, `RiskAssessment?_tag=${key}`)).map(({ id }) => `RiskAssessment/${id!}`);
      const newest = await search<RiskAssessment>(server, `RiskAssessment?_tag=${makeRevision(2).key}`);
      const earlier = await idsOf(makeRevision(1));
      expect(newest).to.have.length(3);
      const named = newest.flatMap(({ extension }) =>
        extension!.flatMap(({ url, valueReference }) =>
          url === EXTENSIONS.supersedes ? [valueReference!.reference] : [],
        ),
      );
      expect(named).to.have.members(earlier);
      for (const risk of newest) {
        expect(risk.identifier).to.deep.include({ system: IDENTIFIERS.firstAssessment, value: FIRST.key });
        expect(risk.note?.at(-1)?.text).to.contain('This one counts');
        expect(findIssues(risk)).to.deep.equal([]);
      }
      const [provenance] = await search<Provenance>(server, `Provenance?_tag=${makeRevision(2).key}`);
      const revised = provenance!.entity!.filter(({ role }) => role === 'revision');
      expect(revised.map(({ what }) => what.reference)).to.have.members(earlier);
      const first = await search<RiskAssessment>(server, `RiskAssessment?_tag=${FIRST.key}`);
      expect(JSON.stringify(first)).not.to.contain('first-assessment').and.not.to.contain('Made again');
    });

    it('stands there once, whatever is cut, killed and repeated', async () => {
      await record(FIRST);
      const again = makeRevision(1);
      for (let attempts = 0, isDone = false; !isDone; attempts += 1) {
        server.reset();
        let writesLeft = attempts;
        server.plan({
          fault: { kind: 'cut', when: 'after' },
          match: ({ method }) => method !== 'GET' && writesLeft-- === 0,
        });
        isDone = await record(again).then(
          () => true,
          () => false,
        );
        server.reset();
        // Until it is whole the earlier one counts, and never a part of it.
        expect([FIRST.key, again.key]).to.include((await findCurrent())?.key);
      }
      await record(again);
      expect(await findCurrent()).to.deep.equal(again);
      expect(await search(server, 'RiskAssessment?_count=50')).to.have.length(6);
      expect(await search(server, 'Provenance?_count=50')).to.have.length(2);
    });

    const onlyWhole = transactions ? it : () => undefined;
    onlyWhole('stands there once when replicas write it at the same moment', async () => {
      await record(FIRST);
      await Promise.all([1, 2, 3, 4].map(() => record(makeRevision(1))));
      expect(await search(server, 'RiskAssessment?_count=50')).to.have.length(6);
      expect(await search(server, 'Provenance?_count=50')).to.have.length(2);
      expect(await findCurrent()).to.deep.equal(makeRevision(1));
    });

    it('that was withdrawn in the chart stays withdrawn: the earlier one does not come back', async () => {
      await record(FIRST);
      await record(makeRevision(1));
      for (const risk of await search<RiskAssessment>(server, `RiskAssessment?_tag=${makeRevision(1).key}`)) {
        await server.repository.updateResource({ ...risk, status: 'entered-in-error' });
      }
      const found = await findCurrent();
      expect(found?.key).to.equal(makeRevision(1).key);
      for (const finding of found!.findings) expect(finding).to.include({ kind: 'abstained', reason: 'withdrawn' });
    });

    it('that cannot be read any more is a fault: the earlier one does not answer in its place', async () => {
      await record(FIRST);
      await record(makeRevision(1));
      const [risk] = await search<RiskAssessment>(server, `RiskAssessment?_tag=${makeRevision(1).key}`);
      const damaged = structuredClone(risk!);
      delete damaged.prediction;
      await server.repository.updateResource(damaged);
      expect(await faultOf(findCurrent())).to.have.property('code', 'fhir-refused');
    });
  });
}

describe('a study that was revised often, on a server with small pages', () => {
  const MOST = 20;
  let server: TestFhirServer;
  before(async () => {
    server = await startFhirServer({
      resources: CHART,
      before: (request, _response, next) => {
        request.url = request.url.replace(/_count=60/, `_count=${String(MOST)}`);
        next();
      },
    });
  });
  after(() => server.close());

  it('is answered with the newest assessment, on whatever page it stands', async () => {
    const chart = makeChart(server.url);
    const revisions = [1, 2, 3, 4, 5, 6, 7].map((number) => makeRevision(number));
    for (const one of [FIRST, ...revisions]) await chart.recordAssessment(one, { signal: signal() });
    expect(await chart.findCurrentAssessment(FIRST.key, { signal: signal() })).to.deep.equal(revisions.at(-1));
  });
});

describe('an assessment from before revisions', () => {
  it('is read as the first and current one, without a list', async () => {
    const server = await startFhirServer({ resources: CHART });
    const chart = makeChart(server.url);
    await chart.recordAssessment(FIRST, { signal: signal() });
    const found = await chart.findCurrentAssessment(FIRST.key, { signal: signal() });
    expect(found).to.deep.equal(FIRST).and.not.to.have.any.keys('revision', 'listedSeries', 'heldSeries');
    const asked = server.seen.filter(({ method }) => method === 'GET').length;
    await chart.findCurrentAssessment(FIRST.key, { signal: signal() });
    expect(server.seen.filter(({ method }) => method === 'GET').length - asked, 'one search').to.equal(1);
    await server.close();
  });

  it('whose list was kept brings it back as it was, also where the chart listed nothing', async () => {
    const server = await startFhirServer({ resources: CHART });
    const chart = makeChart(server.url);
    const uncounted = { seriesInstanceUid: '2.25.1' };
    for (const [index, listedSeries] of [[], [uncounted, { ...uncounted, numberOfInstances: 0 }]].entries()) {
      const assessment = makeAssessment({ key: String(index).repeat(64), listedSeries });
      await chart.recordAssessment(assessment, { signal: signal() });
      expect(await chart.findAssessment(assessment.key, { signal: signal() })).to.deep.equal(assessment);
    }
    await server.close();
  });

  it('keeps what the archive held, by count and digest or by count alone', async () => {
    const server = await startFhirServer({ resources: CHART });
    const chart = makeChart(server.url);
    const counted = { seriesInstanceUid: '2.25.1', instances: 32 };
    for (const [index, heldSeries] of [[], [counted, { ...counted, digest: 'a'.repeat(64) }]].entries()) {
      const assessment = makeAssessment({ key: String(index).repeat(64), heldSeries });
      await chart.recordAssessment(assessment, { signal: signal() });
      expect(await chart.findAssessment(assessment.key, { signal: signal() })).to.deep.equal(assessment);
    }
    await server.close();
  });
});
