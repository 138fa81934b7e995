import { expect } from 'chai';
import { createSandboxFhirServer } from '../../../src/sandbox/fhir-server/create-sandbox-fhir-server.ts';
import type { SandboxFhirServer } from '../../../src/sandbox/fhir-server/create-sandbox-fhir-server.ts';
import type { Bundle, Resource } from '@medplum/fhirtypes';

const patient = { resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:x', value: '1' }] } as const;

describe('sandbox FHIR server', () => {
  let server: SandboxFhirServer;
  const get = async (path: string) => {
    const response = await fetch(`${server.url}/${path}`);
    return { status: response.status, body: (await response.json()) as Bundle };
  };
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Bundle };
  };

  before(async () => {
    server = await createSandboxFhirServer({ resources: [patient as unknown as Resource] });
  });
  after(() => server.close());

  it('reads what it was filled with, under the id it carried', async () => {
    expect((await get('Patient/p1')).status).to.equal(200);
  });

  it('finds by identifier', async () => {
    expect((await get('Patient?identifier=urn:x|1')).body.total).to.equal(1);
    expect((await get('Patient?identifier=urn:x|2')).body.total).to.equal(0);
  });

  it('refuses a search parameter it does not know instead of finding nothing', async () => {
    expect((await get('RiskAssessment?status=final')).status).to.equal(400);
    expect((await get('RiskAssessment?probability=gt50')).status).to.equal(400);
  });

  it('refuses an invalid resource', async () => {
    expect((await post('/Patient', { resourceType: 'Patient', gender: 7 })).status).to.equal(400);
    expect((await post('/RiskAssessment', { resourceType: 'RiskAssessment' })).status).to.equal(400);
  });

  it('creates once per If-None-Exist', async () => {
    const body = { resourceType: 'Device', identifier: [{ system: 'urn:d', value: 'a' }] };
    const header = { 'if-none-exist': 'identifier=urn:d|a' };
    const answers = await Promise.all([1, 2, 3].map(() => post('/Device', body, header)));
    expect(answers.map((answer) => answer.status).sort()).to.deep.equal([200, 200, 201]);
    expect((await get('Device?identifier=urn:d|a')).body.total).to.equal(1);
  });

  it('leaves no trace of a transaction that fails', async () => {
    const { status } = await post('', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: { resourceType: 'Device', identifier: [{ system: 'urn:d', value: 'gone' }] },
          request: { method: 'POST', url: 'Device' },
        },
        { resource: { resourceType: 'RiskAssessment' }, request: { method: 'POST', url: 'RiskAssessment' } },
      ],
    });
    expect(status).to.equal(400);
    expect((await get('Device?identifier=urn:d|gone')).body.total).to.equal(0);
  });

  it('pages with next links until the end', async () => {
    for (const value of ['1', '2', '3', '4', '5']) {
      await post('/Device', { resourceType: 'Device', identifier: [{ system: 'urn:page', value }] });
    }
    let next: string | undefined = `${server.url}/Device?identifier=urn:page|&_count=2`;
    const sizes: number[] = [];
    while (next !== undefined) {
      const page = (await (await fetch(next)).json()) as Bundle;
      sizes.push(page.entry?.length ?? 0);
      next = page.link?.find((link) => link.relation === 'next')?.url;
    }
    expect(sizes).to.deep.equal([2, 2, 1]);
  });

  it('keeps history newest first however often it is read', async () => {
    await fetch(`${server.url}/Patient/p1`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ ...patient, active: true }),
    });
    for (const turn of [1, 2, 3]) {
      const { body } = await get('Patient/p1/_history');
      expect(
        body.entry?.map(({ resource }) => 'active' in (resource ?? {})),
        `read ${String(turn)}`,
      ).to.deep.equal([true, false]);
    }
  });

  it('describes itself under /metadata', async () => {
    const { body } = await get('metadata');
    expect(body.resourceType).to.equal('CapabilityStatement');
  });
});

describe('sandbox FHIR server: lookups by identifier and tag', () => {
  const device = (value: string, tag: string): Resource => ({
    resourceType: 'Device',
    meta: { tag: [{ system: 'urn:t', code: tag }] },
    identifier: [{ system: 'urn:i', value }],
  });
  const total = async (server: SandboxFhirServer, query: string) =>
    ((await (await fetch(`${server.url}/Device?${query}`)).json()) as Bundle).total;

  it('find what is there, with every way to say it', async () => {
    const server = await createSandboxFhirServer({ resources: [device('a', 'x'), device('b', 'x'), device('c', 'y')] });
    expect(await total(server, 'identifier=urn:i|a')).to.equal(1);
    expect(await total(server, 'identifier=a')).to.equal(1);
    expect(await total(server, 'identifier=urn:i|A')).to.equal(1);
    expect(await total(server, 'identifier=urn:i|a,urn:i|b,urn:i|z')).to.equal(2);
    expect(await total(server, 'identifier=urn:i|')).to.equal(3);
    expect(await total(server, '_tag=urn:t|x')).to.equal(2);
    expect(await total(server, '_tag=urn:t|x&identifier=urn:i|b')).to.equal(1);
    expect(await total(server, 'identifier=urn:other|a')).to.equal(0);
    await server.close();
  });

  it('forget what was changed or deleted', async () => {
    const server = await createSandboxFhirServer({ resources: [{ ...device('a', 'x'), id: 'd1' }] });
    const { repository } = server;
    await repository.updateResource({ ...device('b', 'x'), id: 'd1' });
    expect([await total(server, 'identifier=a'), await total(server, 'identifier=b')]).to.deep.equal([0, 1]);
    await repository.deleteResource('Device', 'd1');
    expect(await total(server, 'identifier=b')).to.equal(0);
    await server.close();
  });
});
