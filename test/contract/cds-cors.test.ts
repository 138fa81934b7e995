/** CORS for browser-based clients (CDS Hooks 2.0, Cross-Origin Resource Sharing). */
import { expect } from 'chai';
import { createCdsCors } from '../../src/cds/cross-origin.ts';
import { Fault } from '../../src/errors.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness, type Harness } from './cds-harness.ts';
import { openSharedDatabase } from './shared-database.ts';

const GOOD = 'https://browser-ehr.example.org';

describe('CORS on the CDS routes', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database);
  });
  after(async () => {
    await harness.close();
  });
  const preflight = (origin: string) =>
    fetch(`${harness.baseUrl}/cds-services/thrombectomy-risk`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('a listed origin may send Authorization and Content-Type', async () => {
    const { headers, status } = await preflight(GOOD);
    expect(status).to.equal(204);
    expect(headers.get('access-control-allow-origin')).to.equal(GOOD);
    expect(headers.get('access-control-allow-headers')).to.match(/Authorization,Content-Type/);
    expect(headers.get('access-control-allow-methods')).to.contain('POST');
    expect(headers.get('vary')).to.match(/Origin/i);
  });
  it('no other origin gets permission, near misses included', async () => {
    for (const origin of ['https://evil.example', 'null', `${GOOD}.evil.example`, 'http://browser-ehr.example.org']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin'), origin).to.equal(null);
    }
  });
  it('cookies are never asked for', async () => {
    expect((await preflight(GOOD)).headers.get('access-control-allow-credentials')).to.equal(null);
  });
  it('a listed origin may read a refusal too', async () => {
    const answer = await fetch(`${harness.baseUrl}/cds-services/thrombectomy-risk`, {
      method: 'POST',
      headers: { origin: GOOD },
    });
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(GOOD);
  });
  it('a wildcard or a path is refused at start', () => {
    for (const origin of ['*', 'https://ehr.example/app', 'ehr.example']) {
      expect(() => createCdsCors([origin]), origin).to.throw(Fault);
    }
  });
});
