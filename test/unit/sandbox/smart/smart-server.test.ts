/** The sandbox EHR as an authorization server: what it grants, and each thing that makes it refuse. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { createSmartServer, type SmartServer } from '../../../../src/sandbox/smart/create-smart-server.ts';

const APP = { clientId: 'app', launchUrl: 'http://127.0.0.1:9/launch', redirectUri: 'http://127.0.0.1:9/callback' };
const CONFIDENTIAL = { ...APP, clientId: 'confidential', jwksUrl: 'http://127.0.0.1:9/jwks' };
const CONTEXT = { patientId: 'p1', encounterId: 'e1', practitionerId: 'd1', appContext: '{"a":1}' };
const VERIFIER = 'v'.repeat(43);

describe('sandbox EHR as a SMART authorization server', () => {
  const closers: (() => void)[] = [];
  let smart: SmartServer;
  let url: string;
  let now = new Date();
  before(async () => {
    smart = await createSmartServer({
      findAddresses: () => ({ ehrUrl: url, fhirUrl: `${url}/fhir` }),
      now: () => now,
    });
    smart.register(APP);
    smart.register(CONFIDENTIAL);
    const server = createServer(express().use(smart.configuration, smart.router)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close().closeAllConnections());
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  beforeEach(() => (now = new Date()));
  after(() => {
    for (const close of closers) close();
  });

  const launch = (app = APP) => new URL(smart.launch(app, CONTEXT)).searchParams.get('launch') ?? '';
  const authorize = async (change: Record<string, string | undefined> = {}) => {
    const asked = {
      response_type: 'code',
      client_id: APP.clientId,
      redirect_uri: APP.redirectUri,
      scope: 'launch openid fhirUser',
      state: 's1',
      aud: `${url}/fhir`,
      launch: launch(),
      nonce: 'n1',
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
      ...change,
    };
    const query = new URLSearchParams(JSON.parse(JSON.stringify(asked)) as Record<string, string>).toString();
    return fetch(`${url}/oauth2/authorize?${query}`, { redirect: 'manual' });
  };
  const answerOf = (response: Response) => new URL(response.headers.get('location') ?? 'about:none').searchParams;
  const exchange = (code: string, change: Record<string, string> = {}) => {
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: APP.redirectUri,
      client_id: APP.clientId,
      code_verifier: VERIFIER,
      ...change,
    };
    return fetch(`${url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  };
  const codeOf = async () => answerOf(await authorize()).get('code') ?? '';

  it('names its endpoints and what it can', async () => {
    const found = (await (await fetch(`${url}/fhir/.well-known/smart-configuration`)).json()) as object;
    expect(found).to.include({ issuer: url, token_endpoint: `${url}/oauth2/token`, jwks_uri: `${url}/oauth2/jwks` });
    expect(found).to.have.property('code_challenge_methods_supported').that.deep.equals(['S256']);
  });

  it('hands out the launch context and an id_token that its key verifies', async () => {
    const response = await exchange(await codeOf());
    const token = (await response.json()) as Record<string, string>;
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(token).to.include({ patient: 'p1', encounter: 'e1', appContext: '{"a":1}', token_type: 'Bearer' });
    const jwks = (await (await fetch(`${url}/oauth2/jwks`)).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(token['id_token']!, createLocalJWKSet(jwks), { issuer: url, audience: 'app' });
    expect(payload).to.include({ nonce: 'n1', fhirUser: `${url}/fhir/Practitioner/d1` });
    expect(JSON.stringify(jwks)).to.not.contain('"d"');
  });

  for (const change of [
    { client_id: 'nobody' },
    { redirect_uri: `${APP.redirectUri}/x` },
    { redirect_uri: undefined },
  ]) {
    it(`sends nobody to an address that is not registered: ${JSON.stringify(change)}`, async () => {
      const response = await authorize(change);
      expect([response.status, response.headers.get('location')]).to.deep.equal([400, null]);
    });
  }

  const REFUSED: [Record<string, string | undefined>, string][] = [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ aud: 'https://other.example/fhir' }, 'invalid_request'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ scope: 'openid' }, 'invalid_scope'],
    [{ state: undefined }, 'invalid_request'],
    [{ launch: 'made-up' }, 'invalid_request'],
  ];
  for (const [change, error] of REFUSED) {
    it(`answers ${JSON.stringify(change)} with ${error}`, async () => {
      expect(answerOf(await authorize(change)).get('error')).to.equal(error);
    });
  }

  it('takes a launch once, in time, and for the app it was made for', async () => {
    const once = launch();
    expect(answerOf(await authorize({ launch: once })).get('code')).to.be.a('string');
    expect(answerOf(await authorize({ launch: once })).get('error')).to.equal('invalid_request');
    expect(answerOf(await authorize({ launch: launch(CONFIDENTIAL) })).get('error')).to.equal('invalid_request');
    const late = launch();
    now = new Date(now.getTime() + 301_000);
    expect(answerOf(await authorize({ launch: late })).get('error')).to.equal('invalid_request');
  });

  it('takes a code once, and within a minute', async () => {
    const code = await codeOf();
    expect((await exchange(code)).status).to.equal(200);
    expect(await (await exchange(code)).json()).to.deep.equal({ error: 'invalid_grant' });
    const late = await codeOf();
    now = new Date(now.getTime() + 61_000);
    expect((await exchange(late)).status).to.equal(400);
  });

  const WRONG_EXCHANGES: [Record<string, string>, number, string][] = [
    [{ code_verifier: 'w'.repeat(43) }, 400, 'invalid_grant'],
    [{ code_verifier: '' }, 400, 'invalid_grant'],
    [{ redirect_uri: 'http://127.0.0.1:9/other' }, 400, 'invalid_grant'],
    [{ grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
    [{ client_id: 'nobody' }, 401, 'invalid_client'],
    [{ client_id: CONFIDENTIAL.clientId }, 401, 'invalid_client'],
  ];
  for (const [change, status, error] of WRONG_EXCHANGES) {
    it(`refuses an exchange with ${JSON.stringify(change)}`, async () => {
      const response = await exchange(await codeOf(), change);
      expect([response.status, await response.json()]).to.deep.equal([status, { error }]);
    });
  }
});
