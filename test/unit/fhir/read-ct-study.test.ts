import { expect } from 'chai';
import type { Endpoint, ImagingStudy, Resource } from '@medplum/fhirtypes';
import type { SweepCut } from '../../../src/fhir/create-medplum-chart.ts';
import { faultOf } from '../../support/fault-of.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import type { TestFhirServer } from '../../support/fhir-server.ts';
import {
  ORDERED_AT,
  PATIENT_ID,
  STUDY_UID,
  endpoint,
  makeChart,
  makeImagingStudy,
  patient,
  signal,
} from '../../support/fhir-samples.ts';

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

describe('readCtStudy: when the study last changed', () => {
  it('is what the chart says', async () => {
    const before = Date.now();
    const server = await startFhirServer({ resources: [patient, makeImagingStudy()] });
    const study = await makeChart(server.url).readCtStudy('study-1', { signal: signal() });
    await server.close();
    if ('reason' in study) throw new Error(study.reason);
    expect(Date.parse(study.changedAt ?? '')).to.be.within(before, Date.now());
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
    const ask = { patientId: PATIENT_ID, orderedAt: ORDERED_AT, maximumAgeHours: 24 };
    const prefetched = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: study }] };
    expect((await chart.findPreoperativeCt({ ...ask, prefetched }, { signal: signal() })).kind).to.equal('found');
    expect(server.seen).to.have.length(0);
    expect((await chart.findPreoperativeCt(ask, { signal: signal() })).kind).to.equal('found');
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

describe('a study whose subject is no patient of this chart', () => {
  const PHANTOM = { id: 'phantom', subject: { reference: 'Device/77' } };

  it('is not analysed: neither found by the sweep nor read for a job', async () => {
    const elsewhere = { id: 'elsewhere', subject: { reference: 'https://elsewhere.example.org/Patient/77' } };
    const resources = [patient, ...[PHANTOM, elsewhere].map((one) => makeImagingStudy(one)), makeImagingStudy()];
    const server = await startFhirServer({ resources });
    const chart = makeChart(server.url);
    const found = await chart.findRecentHeadCts('2026-11-23T00:00:00Z', { signal: signal() });
    expect(found.map(({ imagingStudyId }) => imagingStudyId)).to.deep.equal(['study-1']);
    for (const id of ['phantom', 'elsewhere']) {
      expect(await chart.readCtStudy(id, { signal: signal() })).to.deep.include({ reason: 'no-preoperative-ct' });
    }
    await server.close();
  });

  it('is not mistaken for the patient whose id ends its version', async () => {
    const versioned = makeImagingStudy({ subject: { reference: `Patient/${PATIENT_ID}/_history/2` } });
    const server = await startFhirServer({ resources: [patient, versioned] });
    const study = await makeChart(server.url).readCtStudy('study-1', { signal: signal() });
    expect(study).to.deep.include({ patientId: PATIENT_ID });
    await server.close();
  });
});

describe('findRecentHeadCts at a site with more studies than one sweep reads', () => {
  const at = (minute: number) => new Date(Date.parse('2026-11-23T00:00:00Z') + minute * 60_000).toISOString();
  const many = Array.from({ length: 1_010 }, (_, index) =>
    makeImagingStudy({ id: `s${String(index)}`, started: at(index) }),
  );
  const cuts: SweepCut[] = [];

  it('reads the newest, lists them oldest first, and says that it left some', async () => {
    const server = await startFhirServer({ resources: [patient, ...many] });
    const chart = makeChart(server.url, { onSweepCut: (cut) => void cuts.push(cut) });
    const found = await chart.findRecentHeadCts(at(0), { signal: signal() });
    expect(found.map(({ startedAt }) => startedAt)).to.deep.equal(many.slice(10).map(({ started }) => started));
    expect(cuts).to.deep.equal([{ studies: 1_000, newestFirst: true }]);
    await server.close();
  });
});
