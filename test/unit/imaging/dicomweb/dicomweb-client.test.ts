import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import {
  createDicomwebClient,
  type DicomwebClient,
  type PacsLimits,
} from '../../../../src/imaging/dicomweb/dicomweb-client.ts';
import type { PacsCredentials } from '../../../../src/imaging/dicomweb/pacs-endpoint.ts';
import { createRawPacs, type RawPacs } from '../../../support/imaging-raw-pacs.ts';

const LIMITS: PacsLimits = {
  idleTimeoutMs: 250,
  maximumMetadataBytes: 1000,
  maximumPartBytes: 10_000,
  maximumSeriesBytes: 20_000,
  maximumInstances: 10,
};
const never = new AbortController().signal;
const [STUDY, SERIES] = ['1.2.3', '1.2.3.4'];
const MULTIPART = 'multipart/related; type="application/dicom"; boundary=b';

describe('imaging/dicomweb/dicomweb-client', () => {
  let pacs: RawPacs | undefined;

  async function connect(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    credentials?: PacsCredentials,
  ): Promise<DicomwebClient> {
    pacs = await createRawPacs(answer);
    return createDicomwebClient(pacs.endpoint(credentials), LIMITS);
  }

  async function faultOf(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<unknown> {
    const client = await connect(answer);
    return client.retrieveSeriesMetadata(STUDY, SERIES, never).catch((error: unknown) => error);
  }

  async function collect(client: DicomwebClient, signal = never): Promise<string[]> {
    const parts: string[] = [];
    for await (const { bytes } of client.retrieveSeries(STUDY, SERIES, signal))
      parts.push(Buffer.from(bytes).toString());
    return parts;
  }

  afterEach(async () => pacs?.close());

  const STATUSES: readonly (readonly [number, string, boolean])[] = [
    [401, 'pacs-refused', false],
    [403, 'pacs-refused', false],
    [404, 'study-arriving', true],
    [410, 'pacs-refused', false],
    [408, 'pacs-unavailable', true],
    [429, 'pacs-unavailable', true],
    [500, 'pacs-unavailable', true],
    [503, 'pacs-unavailable', true],
    [301, 'pacs-not-allowed', false],
    [307, 'pacs-not-allowed', false],
  ];
  for (const [status, code, retryable] of STATUSES) {
    it(`answers ${String(status)} with ${code}${retryable ? ', retryable' : ''}`, async () => {
      const fault = await faultOf((_, response) =>
        response.writeHead(status, { location: 'http://169.254.169.254/' }).end(),
      );
      expect(fault).to.deep.include({ code, retryable });
      expect(pacs?.requests).to.have.length(1);
    });
  }

  it('keeps Retry-After', async () => {
    const fault = await faultOf((_, response) => response.writeHead(503, { 'retry-after': '7' }).end());
    expect(fault).to.have.property('retryAfterMs', 7000);
  });

  it('gives up on a PACS that goes silent', async () => {
    expect(await faultOf(() => undefined)).to.deep.include({ code: 'pacs-unavailable', retryable: true });
  });

  it('gives up on a PACS that goes silent in the middle of the body', async () => {
    const fault = await faultOf((_, response) => response.writeHead(200).write('[{'));
    expect(fault).to.deep.include({ code: 'pacs-unavailable', retryable: true });
  });

  it('names a cut connection', async () => {
    const fault = await faultOf((_, response) => {
      response.writeHead(200, { 'content-length': '500' }).write('[{');
      setTimeout(() => response.destroy(), 20);
    });
    expect(fault).to.deep.include({ code: 'pacs-unavailable', retryable: true });
  });

  it('stops at its metadata limit', async () => {
    const fault = await faultOf((_, response) => response.end(Buffer.alloc(5000)));
    expect(fault).to.have.property('code', 'pacs-answer-malformed');
  });

  it('refuses an answer that was compressed against its wish', async () => {
    const fault = await faultOf((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    expect(fault).to.have.property('code', 'pacs-answer-malformed');
  });

  it('ends with deadline-exceeded when the caller gives up', async () => {
    const client = await connect(() => undefined);
    const fault: unknown = await client
      .searchForSeries(STUDY, AbortSignal.timeout(30))
      .catch((error: unknown) => error);
    expect(fault).to.have.property('code', 'deadline-exceeded');
  });

  it('reads 204 as no series (PS3.18 10.6.3)', async () => {
    const client = await connect((_, response) => response.writeHead(204).end());
    expect(Buffer.from(await client.searchForSeries(STUDY, never)).toString()).to.equal('[]');
  });

  it('asks for instances as stored, uncompressed by HTTP, in one request', async () => {
    const client = await connect((_, response) => {
      response.writeHead(200, { 'content-type': MULTIPART }).end('--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--');
    });
    expect(await collect(client)).to.deep.equal(['one', 'two']);
    expect(pacs?.requests).to.have.length(1);
    expect(pacs?.requests[0]).to.have.property('url', '/dicom-web/studies/1.2.3/series/1.2.3.4');
    expect(pacs?.requests[0]?.headers).to.include({
      accept: 'multipart/related; type="application/dicom"; transfer-syntax=*',
      'accept-encoding': 'identity',
    });
  });

  it('asks again for explicit little endian, then for anything, where `*` is not understood', async () => {
    const client = await connect((request, response) => {
      const isPlain = !request.headers.accept?.includes('transfer-syntax');
      if (isPlain) response.writeHead(200, { 'content-type': MULTIPART }).end('--b\r\n\r\none\r\n--b--');
      else response.writeHead(406).end();
    });
    expect(await collect(client)).to.deep.equal(['one']);
    expect(pacs?.requests).to.have.length(3);
  });

  it('names an answer that is not multipart', async () => {
    const client = await connect((_, response) =>
      response.writeHead(200, { 'content-type': 'application/dicom' }).end('x'),
    );
    expect(await collect(client).catch((error: unknown) => error)).to.have.property('code', 'pacs-answer-malformed');
  });

  it('hangs up when its reader stops early', async () => {
    let closed: (() => void) | undefined;
    const hungUp = new Promise<void>((resolve) => (closed = resolve));
    const client = await connect((_, response) => {
      response.on('close', () => closed?.());
      response.writeHead(200, { 'content-type': MULTIPART }).write('--b\r\n\r\none\r\n--b\r\n');
    });
    for await (const part of client.retrieveSeries(STUDY, SERIES, never)) {
      expect(part.bytes).to.have.length(3);
      break;
    }
    await hungUp;
  });

  it('sends basic credentials', async () => {
    const client = await connect((_, response) => response.end('[]'), { kind: 'basic', username: 'u', password: 'p' });
    await client.searchForSeries(STUDY, never);
    expect(pacs?.requests[0]?.headers.authorization).to.equal('Basic dTpw');
  });

  it('asks for a fresh bearer token before every request', async () => {
    let issued = 0;
    const getToken = () => Promise.resolve(`token-${String(++issued)}`);
    const client = await connect((_, response) => response.end('[]'), { kind: 'bearer', getToken });
    await client.searchForSeries(STUDY, never);
    await client.searchForSeries(STUDY, never);
    expect(pacs?.requests.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('asks the PACS nothing without its token', async () => {
    const getToken = () => Promise.reject(new Error('identity provider is down'));
    const client = await connect((_, response) => response.end('[]'), { kind: 'bearer', getToken });
    const fault: unknown = await client.searchForSeries(STUDY, never).catch((error: unknown) => error);
    expect(fault).to.deep.include({ code: 'pacs-unavailable', retryable: true });
    expect(pacs?.requests).to.have.length(0);
  });

  it('never puts anything but a UID into a path', async () => {
    const client = await connect((_, response) => response.end('[]'));
    for (const uid of ['1.2/../../admin', '1.2?x', '', '1'.repeat(65), '1..2']) {
      const fault: unknown = await client.searchForSeries(uid, never).catch((error: unknown) => error);
      expect(fault, uid).to.have.property('code', 'dicom-malformed');
    }
    expect(pacs?.requests).to.have.length(0);
  });
});
