import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { createSecurityHeaders, type SecurityHeadersOptions } from '../../../src/security/security-headers.ts';
import { closeServer } from '../../contract/cds-harness.ts';

describe('security headers', () => {
  let server: Server | undefined;
  afterEach(async () => {
    if (server) await closeServer(server);
    server = undefined;
  });
  async function read(path: string, options: SecurityHeadersOptions): Promise<Headers> {
    const app = express();
    app.use(createSecurityHeaders(options));
    app.use((_request, response) => void response.end('ok'));
    const started = createServer(app);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const { port } = started.address() as AddressInfo;
    return (await fetch(`http://127.0.0.1:${String(port)}${path}`)).headers;
  }

  it('nothing may be embedded, framed, sniffed or referred to by default', async () => {
    const headers = await read('/evidence/x', { publicUrl: 'https://cds.example.org' });
    expect(headers.get('content-security-policy'))
      .to.contain("default-src 'none'")
      .and.contain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    expect(headers.get('strict-transport-security')).to.contain('max-age=31536000');
    expect(headers.get('cross-origin-resource-policy')).to.equal('same-origin');
  });
  it('CDS routes may be read by an EHR of another origin', async () => {
    const headers = await read('/cds-services', { publicUrl: 'https://cds.example.org' });
    expect(headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
  });
  it('an EHR named by the site may frame our pages', async () => {
    const headers = await read('/', { publicUrl: 'https://a.example', frameAncestors: ['https://ehr.example'] });
    expect(headers.get('content-security-policy')).to.contain('frame-ancestors https://ehr.example');
    expect(headers.get('x-frame-options')).to.equal(null);
  });
  it('plain http on loopback promises no HTTPS', async () => {
    const headers = await read('/', { publicUrl: 'http://127.0.0.1:8080' });
    expect(headers.get('strict-transport-security')).to.equal(null);
  });
});
