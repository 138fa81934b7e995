import { expect } from 'chai';
import pino from 'pino';
import { createSandboxPacs, type SandboxPacs } from '../../../../src/sandbox/pacs/create-sandbox-pacs.ts';
import { findBoundary, readMultipart, writeMultipart } from '../../../../src/sandbox/pacs/multipart.ts';
import { writeDicomFile } from '../../../support/dicom-file.ts';

const PARTS = 'multipart/related; type="application/dicom"; transfer-syntax=*';

describe('sandbox archive', () => {
  let pacs: SandboxPacs;
  const files = [3, 1, 2].map((number) =>
    writeDicomFile({
      study: '1.2.3',
      series: '1.2.3.1',
      instance: `1.2.3.1.${String(number)}`,
      instanceNumber: number,
    }),
  );
  const localizer = writeDicomFile({ study: '1.2.3', series: '1.2.3.2', instance: '1.2.3.2.1', description: 'Scout' });
  const other = writeDicomFile({ study: '9.9', series: '9.9.1', instance: '9.9.1.1', patientId: 'P2' });

  before(async () => {
    pacs = await createSandboxPacs({ logger: pino({ level: 'silent' }) });
    for (const file of [...files, localizer, other]) pacs.store(file);
  });
  afterEach(() => pacs.setFault(undefined));
  after(() => pacs.close());

  const get = (path: string, accept = '*/*') => fetch(`${pacs.url}${path}`, { headers: { accept } });
  const json = async (path: string) => (await (await get(path)).json()) as Record<string, { Value?: unknown[] }>[];

  it('searches studies by patient (PS3.18 10.6)', async () => {
    const found = await json('/studies?PatientID=P1');
    expect(found.map((study) => study['0020000D']?.Value)).to.deep.equal([['1.2.3']]);
    expect(found[0]?.['00201208']?.Value).to.deep.equal([4]);
  });

  it('matches by tag number, wildcard and date range', async () => {
    expect(await json('/studies?00100020=P2')).to.have.length(1);
    expect(await json('/studies?PatientName=test*')).to.have.length(2);
    expect(await json('/studies?StudyDate=20261201-')).to.have.length(0);
  });

  it('lists series with their instance counts', async () => {
    const series = await json('/studies/1.2.3/series');
    expect(series.map((one) => one['00201209']?.Value)).to.deep.equal([[3], [1]]);
  });

  it('pages by limit and offset', async () => {
    const page = await json('/studies/1.2.3/series/1.2.3.1/instances?limit=1&offset=1');
    expect(page.map((one) => one['00080018']?.Value?.[0])).to.deep.equal(['1.2.3.1.2']);
  });

  it('refuses a matching key it does not know instead of widening the answer', async () => {
    expect((await get('/studies?Favourite=yes')).status).to.equal(400);
  });

  it('gives metadata as DICOM JSON without pixel data', async () => {
    const metadata = await json('/studies/1.2.3/series/1.2.3.1/metadata');
    expect(metadata).to.have.length(3);
    expect(metadata[0]).to.not.have.property('7FE00010');
    expect(metadata[0]?.['00200032']?.Value).to.deep.equal([0, 0, 0]);
  });

  it('retrieves a series as multipart/related with the stored bytes and their transfer syntax (PS3.18 8.6.1.2)', async () => {
    const response = await get('/studies/1.2.3/series/1.2.3.1', PARTS);
    const type = response.headers.get('content-type') ?? '';
    expect(type).to.match(/^multipart\/related; type="application\/dicom"; boundary=/);
    const parts = readMultipart(Buffer.from(await response.arrayBuffer()), findBoundary(type) ?? '');
    expect(parts.map((part) => part.contentType)).to.deep.equal(
      Array.from({ length: 3 }, () => 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1'),
    );
    expect(Buffer.compare(parts[0]?.body ?? Buffer.alloc(0), files[1] ?? Buffer.alloc(0))).to.equal(0);
  });

  it('gives one instance as a bare file when asked so', async () => {
    const response = await get('/studies/9.9/series/9.9.1/instances/9.9.1.1', 'application/dicom');
    expect(Buffer.from(await response.arrayBuffer()).equals(other)).to.equal(true);
  });

  it('answers 406 to a transfer syntax it would have to transcode to', async () => {
    const accept = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90';
    expect((await get('/studies/1.2.3', accept)).status).to.equal(406);
  });

  it('answers 404 for a study it does not have', async () => {
    expect((await get('/studies/5.5', PARTS)).status).to.equal(404);
    expect((await get('/studies/5.5/metadata')).status).to.equal(404);
  });

  it('stores by STOW-RS and reports what it refused (PS3.18 10.5)', async () => {
    const fresh = writeDicomFile({ study: '7.7', series: '7.7.1', instance: '7.7.1.1' });
    const parts = [fresh, new Uint8Array(300)].map((body) => ({ contentType: 'application/dicom', body }));
    const response = await fetch(`${pacs.url}/studies/7.7`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=b' },
      body: Buffer.concat([...writeMultipart(parts, 'b')]),
    });
    expect(response.status).to.equal(202);
    const dataset = (await response.json()) as Record<string, { Value: unknown[] }>;
    expect(dataset['00081198']?.Value).to.deep.equal([{ '00081197': { vr: 'US', Value: [0xc000] } }]);
    expect(pacs.list('7.7')).to.have.length(1);
  });

  it('draws a thumbnail of an uncompressed series', async () => {
    const response = await get('/studies/1.2.3/series/1.2.3.1/thumbnail');
    const png = Buffer.from(await response.arrayBuffer());
    expect(png.subarray(1, 4).toString()).to.equal('PNG');
  });

  it('refuses bytes that are no DICOM', () => {
    expect(() => pacs.store(new Uint8Array(500)))
      .to.throw()
      .with.property('code', 'dicom-malformed');
  });

  it('answers a switched-on status, as often as told', async () => {
    pacs.setFault({ kind: 'status', status: 503, retryAfterSeconds: 2 }, { times: 1 });
    const first = await get('/studies');
    expect([first.status, first.headers.get('retry-after')]).to.deep.equal([503, '2']);
    expect((await get('/studies')).status).to.equal(200);
  });

  it('limits a fault to one kind of request', async () => {
    pacs.setFault({ kind: 'status', status: 500 }, { on: 'retrieve' });
    expect((await get('/studies/1.2.3/metadata')).status).to.equal(200);
    expect((await get('/studies/1.2.3', PARTS)).status).to.equal(500);
  });

  it('sends garbage under the right content type', async () => {
    pacs.setFault({ kind: 'garbage' });
    const response = await get('/studies/1.2.3/metadata');
    expect(response.headers.get('content-type')).to.contain('application/dicom+json');
    expect(await response.json().catch(() => 'unreadable')).to.equal('unreadable');
  });

  it('ends a truncated message cleanly but without the closing delimiter', async () => {
    pacs.setFault({ kind: 'truncated' });
    const response = await get('/studies/1.2.3', PARTS);
    const message = Buffer.from(await response.arrayBuffer());
    const boundary = findBoundary(response.headers.get('content-type') ?? '') ?? '';
    expect(() => readMultipart(message, boundary))
      .to.throw()
      .with.property('code', 'request-malformed');
  });

  it('cuts the connection in the middle of the body', async () => {
    pacs.setFault({ kind: 'cut' });
    const response = await get('/studies/1.2.3', PARTS);
    expect(await response.arrayBuffer().catch(() => 'cut')).to.equal('cut');
  });

  it('hangs until the client gives up', async () => {
    pacs.setFault({ kind: 'hang' });
    const failure = await fetch(`${pacs.url}/studies`, { signal: AbortSignal.timeout(50) }).catch(
      (error: unknown) => error,
    );
    expect(failure).to.have.property('name', 'TimeoutError');
  });

  it('counts requests by kind', async () => {
    const before = pacs.countRequests('metadata');
    await get('/studies/1.2.3/metadata');
    expect(pacs.countRequests('metadata')).to.equal(before + 1);
  });
});
