import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import { pino } from 'pino';
import { Fault } from '../../../src/errors.ts';
import { loadSigningKeys } from '../../../src/fhir/access/signing-keys.ts';
import { createBackendServicesTokens, createClientCredentialsTokens } from '../../../src/fhir/access/token-endpoint.ts';
import { faultOf } from '../../support/fault-of.ts';
import { signal } from '../../support/fhir-samples.ts';

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly delayMs?: number;
}

/** A token endpoint on the loopback interface that answers from a list and remembers the forms. */
async function startTokenEndpoint(replies: Reply[] = []) {
  const forms: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      forms.push(new URLSearchParams(text));
      const grant = { access_token: `t${String(forms.length)}`, token_type: 'Bearer', expires_in: 300 };
      const reply = replies.shift() ?? { status: 200, body: JSON.stringify(grant) };
      setTimeout(() => {
        response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body);
      }, reply.delayMs ?? 5);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    tokenUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/token`,
    forms,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function makePrivateJwk(alg: 'ES384' | 'RS384', kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}

describe('our own token: SMART Backend Services (private_key_jwt)', () => {
  let endpoint: Awaited<ReturnType<typeof startTokenEndpoint>>;
  const replies: Reply[] = [];
  let clock = Date.parse('2026-11-23T12:00:00Z');
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  before(async () => {
    endpoint = await startTokenEndpoint(replies);
  });
  after(() => endpoint.close());
  beforeEach(() => {
    replies.length = 0;
    endpoint.forms.length = 0;
    lines.length = 0;
  });

  const make = async (jwks: unknown) => {
    const keys = await loadSigningKeys(jwks);
    const { tokenUrl } = endpoint;
    const options = { tokenUrl, clientId: 'cds', scope: 'system/*.rs', keys, logger, now: () => clock };
    return { keys, tokens: createBackendServicesTokens(options) };
  };

  for (const alg of ['ES384', 'RS384'] as const) {
    it(`signs with ${alg}, and the published set verifies it`, async () => {
      const { keys, tokens } = await make({ keys: [await makePrivateJwk(alg, 'k1')] });
      expect(await tokens.current({ signal: signal() })).to.equal('t1');
      const form = endpoint.forms[0]!;
      expect(form.get('grant_type')).to.equal('client_credentials');
      expect(form.get('scope')).to.equal('system/*.rs');
      expect(form.get('client_assertion_type')).to.equal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      const { payload, protectedHeader } = await jwtVerify(
        form.get('client_assertion')!,
        createLocalJWKSet(keys.publicSet),
        { issuer: 'cds', subject: 'cds', audience: endpoint.tokenUrl, currentDate: new Date(clock) },
      );
      expect(protectedHeader).to.deep.equal({ alg, kid: 'k1', typ: 'JWT' });
      expect(payload.exp! - payload.iat!).to.be.at.most(300);
      expect(payload.jti).to.match(/^[0-9a-f-]{36}$/);
    });
  }

  it('every request carries another jti', async () => {
    const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
    const first = await tokens.current({ signal: signal() });
    tokens.discard(first!);
    await tokens.current({ signal: signal() });
    const assertions = endpoint.forms.map((form) => form.get('client_assertion'));
    expect(new Set(assertions).size).to.equal(2);
  });

  it('publishes public members of all keys and signs with the first (rotation)', async () => {
    const keys = [await makePrivateJwk('ES384', 'new'), await makePrivateJwk('RS384', 'old')];
    const { keys: loaded } = await make({ keys });
    expect(loaded.active.kid).to.equal('new');
    expect(loaded.publicSet.keys.map(({ kid }) => kid)).to.deep.equal(['new', 'old']);
    for (const key of loaded.publicSet.keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.to.have.property(secret);
    }
  });

  it('refuses keys that cannot serve', async () => {
    const good = await makePrivateJwk('ES384', 'k1');
    const { d: _d, ...publicOnly } = good;
    expect(_d).to.be.a('string');
    const p256 = { ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)), kid: 'k' };
    const wrong = [
      {},
      { keys: [] },
      { keys: [publicOnly] },
      { keys: [{ ...good, kid: undefined }] },
      { keys: [good, good] },
      { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k1' }] },
      { keys: [p256] },
    ];
    for (const jwks of wrong) {
      const fault = await faultOf(loadSigningKeys(jwks));
      expect(fault.code).to.equal('config-invalid');
      expect(fault.message).not.to.contain(good.d);
    }
  });

  it('asks once however many calls wait', async () => {
    const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
    const got = await Promise.all(Array.from({ length: 20 }, () => tokens.current({ signal: signal() })));
    expect(new Set(got)).to.deep.equal(new Set(['t1']));
    expect(endpoint.forms).to.have.length(1);
  });

  it('asks again in the background before the end, while the old token still serves', async () => {
    const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
    await tokens.current({ signal: signal() });
    clock += 250_000;
    expect(await tokens.current({ signal: signal() })).to.equal('t1');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await tokens.current({ signal: signal() })).to.equal('t2');
    expect(endpoint.forms).to.have.length(2);
  });

  it('a failed early refresh is a warning without the token, and the old one still serves', async () => {
    const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
    await tokens.current({ signal: signal() });
    clock += 250_000;
    replies.push({ status: 500, body: 'down' });
    expect(await tokens.current({ signal: signal() })).to.equal('t1');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(lines.join()).to.contain('fhir-unavailable');
    expect(lines.join()).not.to.contain('t1"');
  });

  it('waits for a new token once the old one has ended', async () => {
    const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
    await tokens.current({ signal: signal() });
    clock += 296_000;
    expect(await tokens.current({ signal: signal() })).to.equal('t2');
  });

  it('a waiter may leave; the others get the token', async () => {
    const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
    replies.push({ status: 200, body: '{"access_token":"slow","token_type":"bearer"}', delayMs: 150 });
    const impatient = tokens.current({ signal: AbortSignal.timeout(20) }).then(
      () => 'token',
      (error: unknown) => (error as Error).name,
    );
    const patient = tokens.current({ signal: signal() });
    expect(await impatient).to.equal('TimeoutError');
    expect(await patient).to.equal('slow');
  });

  const failures: readonly (readonly [string, Reply, object])[] = [
    ['invalid_client', { status: 401, body: '{"error":"invalid_client"}' }, { code: 'fhir-refused', retryable: true }],
    [
      '429',
      { status: 429, body: '', headers: { 'retry-after': '9' } },
      { code: 'fhir-unavailable', retryAfterMs: 9000 },
    ],
    ['500', { status: 500, body: '' }, { code: 'fhir-unavailable', retryable: true }],
    ['HTML', { status: 200, body: '<html>' }, { code: 'fhir-unavailable', retryable: true }],
    ['no bearer', { status: 200, body: '{"access_token":"x","token_type":"mac"}' }, { code: 'fhir-unavailable' }],
    [
      'a redirect',
      { status: 302, body: '', headers: { location: 'http://127.0.0.1:9/' } },
      { code: 'fhir-unavailable' },
    ],
  ];
  for (const [title, reply, expected] of failures) {
    it(`${title}: a Fault, and the next call asks again`, async () => {
      const { tokens } = await make({ keys: [await makePrivateJwk('ES384', 'k1')] });
      replies.push(reply);
      const fault = await faultOf(tokens.current({ signal: signal() }));
      expect(fault).to.be.instanceOf(Fault).and.include(expected);
      expect(await tokens.current({ signal: signal() })).to.equal('t2');
    });
  }

  it('client credentials send the secret in the form, and never log it', async () => {
    const { tokenUrl } = endpoint;
    const tokens = createClientCredentialsTokens({ tokenUrl, clientId: 'cds', clientSecret: 's3cret', logger });
    expect(await tokens.current({ signal: signal() })).to.equal('t1');
    expect(Object.fromEntries(endpoint.forms[0]!)).to.deep.equal({
      grant_type: 'client_credentials',
      client_id: 'cds',
      client_secret: 's3cret',
    });
    expect(lines.join()).not.to.contain('s3cret');
  });
});
