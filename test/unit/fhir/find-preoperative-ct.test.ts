import { expect } from 'chai';
import type { Bundle, Endpoint, ImagingStudy, Resource } from '@medplum/fhirtypes';
import type { CtSearch } from '../../../src/assessment/domain/ports.ts';
import { faultOf } from '../../support/fault-of.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import type { TestFhirServer } from '../../support/fhir-server.ts';
import {
  CHART,
  ORDERED_AT,
  PATIENT_ID,
  STUDY_UID,
  endpoint,
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
const withEndpoint = (reference: string, changes: Partial<ImagingStudy> = {}) =>
  makeImagingStudy({ endpoint: [{ reference }], ...changes });

async function wadoOf(resources: readonly Resource[]): Promise<string | undefined> {
  const server = await startFhirServer({ resources });
  try {
    const study = await makeChart(server.url).readCtStudy('study-1', { signal: signal() });
    if ('reason' in study) throw new Error(study.reason);
    return study.wadoRsBaseUrl;
  } finally {
    await server.close();
  }
}

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

  it('a page with the CT is enough', async () => {
    await find({ prefetched: searchset([makeImagingStudy()], `${server.url}/ImagingStudy`) });
    expect(server.seen).to.have.length(0);
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

describe('readCtStudy: endpoints', () => {
  const at = (address: string, changes: Partial<Endpoint> = {}): Endpoint => ({ ...endpoint, address, ...changes });

  it('on the study', async () => {
    expect(await wadoOf([patient, endpoint, withEndpoint('Endpoint/pacs')])).to.equal(endpoint.address);
  });

  it('on a series', async () => {
    const study = makeImagingStudy({
      series: [{ uid: '1.2', modality: { code: 'CT' }, endpoint: [{ reference: 'Endpoint/pacs' }] }],
    });
    expect(await wadoOf([patient, endpoint, study])).to.equal(endpoint.address);
  });

  it('contained', async () => {
    const study = withEndpoint('#e', { contained: [at('https://pacs.example.org/rs/', { id: 'e' })] });
    expect(await wadoOf([patient, study])).to.equal('https://pacs.example.org/rs');
  });

  it('a full study address is cut back to its base', async () => {
    const full = at(`https://pacs.example.org/rs/studies/${STUDY_UID}`);
    expect(await wadoOf([patient, full, withEndpoint('Endpoint/pacs')])).to.equal('https://pacs.example.org/rs');
    const ihe = at(`https://pacs.example.org/wadors/study/${STUDY_UID}/series/1.2`);
    expect(await wadoOf([patient, ihe, withEndpoint('Endpoint/pacs')])).to.equal('https://pacs.example.org/wadors');
  });

  it('the address of another study is not used', async () => {
    const other = at('https://pacs.example.org/rs/studies/1.2.3');
    expect(await wadoOf([patient, other, withEndpoint('Endpoint/pacs')])).to.equal(undefined);
  });

  it('only active WADO-RS over http(s) counts', async () => {
    const wrong = [
      at('https://pacs.example.org', { status: 'off' }),
      at('https://pacs.example.org', { connectionType: { ...endpoint.connectionType, code: 'dicom-wado-uri' } }),
      at('ftp://pacs.example.org'),
      at('https://user:pw@pacs.example.org'),
    ];
    for (const one of wrong) {
      expect(await wadoOf([patient, one, withEndpoint('Endpoint/pacs')]), one.address).to.equal(undefined);
    }
  });

  it('the first usable of several is taken', async () => {
    const off = at('https://old.example.org', { id: 'old', status: 'off' });
    const study = makeImagingStudy({ endpoint: [{ reference: 'Endpoint/old' }, { reference: 'Endpoint/pacs' }] });
    expect(await wadoOf([patient, off, endpoint, study])).to.equal(endpoint.address);
  });

  it('one that is gone leaves the configured PACS', async () => {
    expect(await wadoOf([patient, withEndpoint('Endpoint/gone')])).to.equal(undefined);
  });

  it('on a foreign server is not read', async () => {
    const stranger = await startFhirServer({ resources: [endpoint] });
    expect(await wadoOf([patient, withEndpoint(`${stranger.url}/Endpoint/pacs`)])).to.equal(undefined);
    expect(stranger.seen).to.have.length(0);
    await stranger.close();
  });

  it('that cannot be read for an outage is an outage', async () => {
    const server = await startFhirServer({ resources: [patient, endpoint, withEndpoint('Endpoint/pacs')] });
    server.plan({ fault: { kind: 'status', status: 503 }, match: ({ path }) => path.startsWith('Endpoint') });
    const reading = makeChart(server.url).readCtStudy('study-1', { signal: signal() });
    expect((await faultOf(reading)).code).to.equal('fhir-unavailable');
    await server.close();
  });
});

const isWithoutEndpoint = (urls: string[]) => urls.every((url) => !/endpoint/i.test(url));

describe('endpoints where no pixels are fetched', () => {
  it('are not read for an order, nor for the sweep', async () => {
    const study = withEndpoint('Endpoint/pacs');
    const server = await startFhirServer({ resources: [patient, endpoint, study] });
    server.plan({ fault: { kind: 'status', status: 503 }, match: ({ path }) => path.startsWith('Endpoint') });
    const chart = makeChart(server.url);
    const prefetched = searchset([study]);
    expect((await chart.findPreoperativeCt(ask({ prefetched }), { signal: signal() })).kind).to.equal('found');
    expect(server.seen).to.have.length(0);
    expect((await chart.findPreoperativeCt(ask(), { signal: signal() })).kind).to.equal('found');
    expect(await chart.findRecentHeadCts('2026-11-23T00:00:00Z', { signal: signal() })).to.have.length(1);
    expect(server.seen.map(({ url }) => url))
      .to.have.length(2)
      .and.satisfy(isWithoutEndpoint);
    await server.close();
  });
});

describe('findRecentHeadCts and readCtStudy', () => {
  let server: TestFhirServer;
  before(async () => {
    const many = Array.from({ length: 120 }, (_, index) =>
      makeImagingStudy({
        id: `s${String(index)}`,
        started: new Date(Date.parse('2026-11-23T00:00:00Z') + index * 60_000).toISOString(),
        ...(index % 2 === 0 ? {} : { description: 'CT chest', series: [] }),
      }),
    );
    server = await startFhirServer({ resources: [patient, ...many] });
  });
  after(() => server.close());

  it('finds head CT on all pages, oldest first', async () => {
    const found = await makeChart(server.url).findRecentHeadCts('2026-11-23T00:10:00Z', { signal: signal() });
    expect(found).to.have.length(55);
    expect(found[0]?.imagingStudyId).to.equal('s10');
    expect(found.at(-1)?.imagingStudyId).to.equal('s118');
  });

  it('reads one study by its id', async () => {
    const study = await makeChart(server.url).readCtStudy('s2', { signal: signal() });
    expect(study).to.deep.include({ imagingStudyId: 's2', studyInstanceUid: STUDY_UID, patientId: PATIENT_ID });
  });

  it('brings the identifiers under which the chart knows the patient, for the CT to be held against', async () => {
    const study = await makeChart(server.url).readCtStudy('s2', { signal: signal() });
    const known = (patient.identifier ?? []).map(({ value }) => value);
    expect(known).not.to.be.empty;
    expect(study).to.deep.include({ patientIdentifiers: known });
  });

  it('abstains from a chest, and from a study that is gone', async () => {
    const chart = makeChart(server.url);
    expect(await chart.readCtStudy('s1', { signal: signal() })).to.deep.include({ reason: 'not-head' });
    expect(await chart.readCtStudy('gone', { signal: signal() })).to.deep.include({ reason: 'no-imaging-study' });
  });

  it('does not let an id become a path', async () => {
    server.reset();
    const answer = await makeChart(server.url).readCtStudy('../Patient/patient-1', { signal: signal() });
    expect(answer).to.deep.include({ reason: 'no-imaging-study' });
    expect(server.seen).to.have.length(0);
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
