import { expect } from 'chai';
import type { Bundle } from '@medplum/fhirtypes';
import type { CtSearch } from '../../../src/assessment/domain/ports.ts';
import { faultOf } from '../../support/fault-of.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import type { TestFhirServer } from '../../support/fhir-server.ts';
import {
  CHART,
  ORDERED_AT,
  PATIENT_ID,
  makeChart,
  makeImagingStudy,
  patient,
  signal,
} from '../../support/fhir-samples.ts';

const ask = (changes: Partial<CtSearch> = {}): CtSearch => ({
  patientId: PATIENT_ID,
  orderedAt: ORDERED_AT,
  maximumAgeHours: 24,
  ...changes,
});
const searchset = (resources: readonly unknown[], next?: string) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource })),
  ...(next === undefined ? {} : { link: [{ relation: 'next', url: next }] }),
});
describe('findPreoperativeCt: prefetch (CDS Hooks 2.0, Prefetch Template)', () => {
  let server: TestFhirServer;
  const find = (changes: Partial<CtSearch>) =>
    makeChart(server.url).findPreoperativeCt(ask(changes), { signal: signal() });
  before(async () => {
    server = await startFhirServer({ resources: CHART });
  });
  after(() => server.close());
  afterEach(() => server.reset());

  it('says of a CT known by its day alone that this is all there is', async () => {
    const startedPrecisionOf = async (started: string) => {
      const found = await find({ prefetched: searchset([makeImagingStudy({ started })]) });
      return found.kind === 'found' ? found.study.startedPrecision : found.reason;
    };
    expect(await startedPrecisionOf('2026-11-23')).to.equal('day');
    expect(await startedPrecisionOf('2026-11-23T10:00:00Z')).to.equal(undefined);
  });

  it('present: is used, and the server is not asked', async () => {
    const found = await find({ prefetched: searchset([makeImagingStudy({ id: 'prefetched' })]) });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('prefetched');
    expect(server.seen).to.have.length(0);
  });

  it('names a CT without a stated body part that may be newer, beside the head CT that is used', async () => {
    const unnamed = makeImagingStudy({ id: 'unnamed', description: 'CT nativ', series: [], started: '2026-11-23' });
    const found = await find({ prefetched: searchset([makeImagingStudy(), unnamed]) });
    expect(found).to.have.nested.property('study.imagingStudyId', 'study-1');
    const day = { startedAt: '2026-11-23T00:00:00.000Z', startedPrecision: 'day' };
    expect(found).to.have.deep.property('unread', day);
  });

  it('null: asked and there is nothing, and the server is not asked', async () => {
    expect(await find({ prefetched: null })).to.deep.include({ reason: 'no-imaging-study' });
    expect(server.seen).to.have.length(0);
  });

  it('an empty Bundle means the same', async () => {
    expect(await find({ prefetched: { resourceType: 'Bundle', type: 'searchset', total: 0 } })).to.deep.include({
      reason: 'no-imaging-study',
    });
  });

  it('absent: is searched', async () => {
    const found = await find({});
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('study-1');
    expect(server.seen).to.have.length(1);
  });

  it('an OperationOutcome in its place: is searched', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'timeout' }] };
    expect((await find({ prefetched: outcome })).kind).to.equal('found');
    expect((await find({ prefetched: searchset([outcome]) })).kind).to.equal('found');
  });

  it('something else: is refused', async () => {
    for (const prefetched of [7, 'x', [], { resourceType: 'Patient' }, { resourceType: 'Bundle', entry: 'x' }]) {
      expect((await faultOf(find({ prefetched }))).code).to.equal('request-malformed');
    }
  });

  it('skips entries that are no readable ImagingStudy', async () => {
    const broken = { ...makeImagingStudy({ id: 'broken' }), series: 'x' };
    const found = await find({ prefetched: searchset([patient, broken, makeImagingStudy({ id: 'good' })]) });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('good');
  });

  it('a page without the CT: the next page is read', async () => {
    const chest = makeImagingStudy({ id: 'chest', description: 'CT chest', series: [] });
    const next = `${server.url}/ImagingStudy?patient=Patient/${PATIENT_ID}`;
    const found = await find({ prefetched: searchset([chest], next) });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('study-1');
    expect(server.seen).to.have.length(1);
  });

  it('a page with the CT is enough where it is sorted, newest first', async () => {
    const older = makeImagingStudy({ id: 'older', started: '2026-11-23T05:00:00Z' });
    await find({ prefetched: searchset([makeImagingStudy(), older], `${server.url}/ImagingStudy`) });
    expect(server.seen).to.have.length(0);
  });

  it('a page in another order is read on: a later CT may follow', async () => {
    const older = [
      makeImagingStudy({ id: 'older', started: '2026-11-22T14:00:00Z' }),
      makeImagingStudy({ id: 'old', started: '2026-11-23T05:00:00Z' }),
    ];
    for (const studies of [older, older.slice(0, 1)]) {
      const found = await find({ prefetched: searchset(studies, `${server.url}/ImagingStudy`) });
      expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('study-1');
    }
  });

  it('a next link that leads elsewhere is never followed; our own server is asked', async () => {
    const stranger = await startFhirServer({ resources: [] });
    const chest = makeImagingStudy({ id: 'chest', description: 'CT chest', series: [] });
    const found = await find({ prefetched: searchset([chest], `${stranger.url}/ImagingStudy`) });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('study-1');
    expect(stranger.seen).to.have.length(0);
    await stranger.close();
  });
});

describe("findPreoperativeCt: the caller's own server", () => {
  let own: TestFhirServer;
  let callers: TestFhirServer;
  before(async () => {
    own = await startFhirServer({ resources: CHART });
    callers = await startFhirServer({ resources: [patient, makeImagingStudy({ id: 'theirs' })] });
  });
  after(() => Promise.all([own.close(), callers.close()]));
  afterEach(() => [own, callers].forEach((server) => server.reset()));

  const find = (fhirServer: string, allowedCallerServers: string[]) =>
    makeChart(own.url, { allowedCallerServers }).findPreoperativeCt(
      ask({ callerAccess: { fhirServer, accessToken: 'their-token' } }),
      { signal: signal() },
    );

  it("is read with the caller's token when it is listed", async () => {
    const found = await find(callers.url, [callers.url]);
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('theirs');
    expect(callers.seen.map(({ authorization }) => authorization)).to.deep.equal(['Bearer their-token']);
    expect(own.seen).to.have.length(0);
  });

  it('may be listed by its origin', async () => {
    expect((await find(callers.url, [new URL(callers.url).origin])).kind).to.equal('found');
  });

  it('is not called when it is not listed (SSRF)', async () => {
    const fault = await faultOf(find(callers.url, ['https://ehr.example.org']));
    expect(fault.code).to.equal('fhir-not-allowed');
    expect(fault.status).to.equal(412);
    expect(callers.seen).to.have.length(0);
  });

  it('is not called below, beside or through a listed address', async () => {
    const { origin, host } = new URL(callers.url);
    const hostile = [
      `${origin}/fhirx`,
      `${origin}/fhir/../admin`,
      `${origin}/fhir/%2e%2e/admin`,
      `http://user:pw@${host}/fhir`,
      `${callers.url}?x=1`,
      `${callers.url}#x`,
      'file:///etc/passwd',
      'not a url',
    ];
    for (const address of hostile) {
      expect((await faultOf(find(address, [callers.url]))).code, address).to.equal('fhir-not-allowed');
    }
    expect(callers.seen).to.have.length(0);
  });

  it('is not asked again with a fresh token when it refuses the one that came with the call', async () => {
    callers.plan({ fault: { kind: 'status', status: 401 } });
    const fault = await faultOf(find(callers.url, [callers.url]));
    expect(fault.code).to.equal('fhir-refused');
    expect(fault.retryable).to.equal(false);
    expect(callers.seen).to.have.length(1);
  });

  it('a redirect is not followed', async () => {
    callers.plan({ fault: { kind: 'status', status: 302, headers: { location: `${own.url}/ImagingStudy` } } });
    expect((await faultOf(find(callers.url, [callers.url]))).code).to.equal('fhir-not-allowed');
    expect(own.seen).to.have.length(0);
  });
});

describe('a patient with many studies', () => {
  it('costs one search where the server sorts', async () => {
    const old = Array.from({ length: 70 }, (_, index) =>
      makeImagingStudy({
        id: `old${String(index)}`,
        started: `2020-01-01T00:${String(index % 60).padStart(2, '0')}:00Z`,
      }),
    );
    const server = await startFhirServer({ resources: [patient, ...old, makeImagingStudy()] });
    const found = await makeChart(server.url).findPreoperativeCt(ask(), { signal: signal() });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('study-1');
    expect(server.seen).to.have.length(1);
    await server.close();
  });
});

describe('a server that refuses _sort', () => {
  it('is asked without it', async () => {
    const server = await startFhirServer({ resources: CHART });
    server.plan({ fault: { kind: 'status', status: 400 }, match: ({ path }) => path === 'ImagingStudy', times: 1 });
    const found = await makeChart(server.url).findPreoperativeCt(ask(), { signal: signal() });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('study-1');
    expect(server.seen.at(-1)?.url).not.to.match(/_sort/);
    await server.close();
  });

  it('a server that refuses the search itself is a fault', async () => {
    const server = await startFhirServer({ resources: CHART });
    server.plan({ fault: { kind: 'status', status: 400 } });
    expect((await faultOf(makeChart(server.url).findPreoperativeCt(ask(), { signal: signal() }))).code).to.equal(
      'fhir-refused',
    );
    await server.close();
  });
});

describe('a server that ignores _sort', () => {
  it('is read to the last page before a CT is chosen among all', async () => {
    const page2: Bundle = searchset([makeImagingStudy({ id: 'newest', started: '2026-11-23T11:30:00Z' })]) as Bundle;
    const server = await startFhirServer({ resources: [patient] });
    const page1 = searchset([makeImagingStudy({ id: 'older' })], `${server.url}/ImagingStudy?page=2`);
    for (const body of [page1, page2]) {
      server.plan({
        fault: { kind: 'body', status: 200, type: 'application/fhir+json', body: JSON.stringify(body) },
        times: 1,
      });
    }
    const found = await makeChart(server.url).findPreoperativeCt(ask(), { signal: signal() });
    expect(found.kind === 'found' && found.study.imagingStudyId).to.equal('newest');
    await server.close();
  });
});
