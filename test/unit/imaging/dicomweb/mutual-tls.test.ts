import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDicomwebClient } from '../../../../src/imaging/dicomweb/dicomweb-client.ts';
import { parseEndpoint, type PacsTls } from '../../../../src/imaging/dicomweb/pacs-endpoint.ts';
import { DEFAULT_CT_LIMITS } from '../../../../src/imaging/ct-source-options.ts';
import { skip } from '../../../support/skip.ts';

/** An authority, and a server and a client certificate signed by it. */
function createCertificates(folder: string): Record<'ca' | 'server' | 'client', { cert: string; key: string }> {
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const read = (name: string) => ({
    cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2');
  writeFileSync(join(folder, 'san.txt'), 'subjectAltName=IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const sign = ['-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl('x509', ...sign, '-extfile', 'san.txt', '-out', `${name}.pem`);
  }
  return { ca: read('ca'), server: read('server'), client: read('client') };
}

describe('imaging/dicomweb mutual TLS', () => {
  let server: Server | undefined;
  let certificates: ReturnType<typeof createCertificates>;

  before(async function () {
    if (spawnSync('openssl', ['version']).status !== 0) skip(this, 'openssl is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    certificates = createCertificates(folder);
    rmSync(folder, { recursive: true });
    const { ca } = certificates;
    const options = { ...certificates.server, ca: ca.cert, requestCert: true, rejectUnauthorized: true };
    server = createServer(options, (_, response) => response.end('[]'));
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
  });
  after(() => {
    server?.closeAllConnections();
    server?.close();
  });

  function search(tls: PacsTls): Promise<unknown> {
    const { port } = server!.address() as AddressInfo;
    const baseUrl = `https://127.0.0.1:${String(port)}/rs`;
    const endpoint = parseEndpoint({ baseUrl, credentials: { kind: 'none' }, reach: 'loopback', tls });
    const client = createDicomwebClient(endpoint, DEFAULT_CT_LIMITS);
    return client.searchForSeries('1.2.3', AbortSignal.timeout(5_000)).catch((error: unknown) => error);
  }

  it('is let in with its client certificate', async () => {
    const { ca, client } = certificates;
    expect(Buffer.from((await search({ ca: ca.cert, ...client })) as Uint8Array).toString()).to.equal('[]');
  });

  it('is not let in without one', async () => {
    expect(await search({ ca: certificates.ca.cert })).to.have.property('code', 'pacs-unavailable');
  });

  it('does not talk to a server whose authority it does not know', async () => {
    expect(await search({ ...certificates.client })).to.have.property('code', 'pacs-unavailable');
  });
});
