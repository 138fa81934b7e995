/** Each check of the CDS Hooks best practices, in order, on tokens that fail exactly one of them. */
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { base64url, type JWTPayload } from 'jose';
import { pino } from 'pino';
import { isFault } from '../../../src/errors.ts';
import { createCallerVerifier, type CallerVerifierOptions } from '../../../src/security/caller-verifier.ts';
import type { ReplayStore } from '../../../src/security/replay-store.ts';
import { CALL_URL, ISSUER, makeCallerKeys, NOW, signToken, type CallerKeys } from '../../contract/cds-harness.ts';

const silent = pino({ enabled: false });

function makeReplay(): ReplayStore {
  const seen = new Set<string>();
  return {
    claim: (issuer, jti) => {
      const isNew = !seen.has(`${issuer} ${jti}`);
      seen.add(`${issuer} ${jti}`);
      return Promise.resolve(isNew);
    },
    purgeExpired: () => Promise.resolve(0),
  };
}

describe('caller verification', () => {
  let keys: CallerKeys;
  before(async () => {
    keys = await makeCallerKeys('ES384', 'ehr-1');
  });

  function makeVerifier(issuer: object = {}, options: Partial<CallerVerifierOptions> = {}) {
    const issuers = [{ issuer: ISSUER, jwks: { keys: [keys.publicJwk] }, ...issuer }];
    return createCallerVerifier({ issuers, replay: makeReplay(), logger: silent, now: () => NOW, ...options });
  }

  async function refusalOf(authorization: string | undefined, issuer: object = {}): Promise<unknown> {
    try {
      await makeVerifier(issuer).verify({ authorization, url: CALL_URL });
      return 'accepted';
    } catch (error) {
      if (!isFault(error)) throw error;
      expect(error.status).to.equal(401);
      expect(error.message).to.equal('Not authorized');
      return error.details['refusal'];
    }
  }

  const refusalOfToken = async (change: JWTPayload, header: object = {}, issuer: object = {}) =>
    refusalOf(`Bearer ${await signToken(keys, change, { ...header })}`, issuer);

  const at = (offsetS: number) => NOW.getTime() / 1000 + offsetS;

  it('accepts a token signed by an allow-listed issuer for this very endpoint', async () => {
    expect(await refusalOfToken({})).to.equal('accepted');
  });

  it('names issuer, tenant and the FHIR servers agreed on', async () => {
    const verifier = makeVerifier({ tenants: ['north'], fhirServers: ['https://ehr.example.org/fhir'] });
    const authorization = `Bearer ${await signToken(keys, { tenant: 'north' })}`;
    expect(await verifier.verify({ authorization, url: CALL_URL })).to.deep.equal({
      issuer: ISSUER,
      tenant: 'north',
      fhirServers: ['https://ehr.example.org/fhir'],
    });
  });

  it('accepts aud as an array that holds the endpoint', async () => {
    expect(await refusalOfToken({ aud: ['https://other.example', CALL_URL] })).to.equal('accepted');
  });

  for (const algorithm of ['ES384', 'RS384', 'ES256', 'RS256']) {
    it(`accepts ${algorithm}`, async () => {
      const own = await makeCallerKeys(algorithm, 'key-2');
      const authorization = `Bearer ${await signToken(own)}`;
      expect(await refusalOf(authorization, { jwks: { keys: [own.publicJwk] } })).to.equal('accepted');
    });
  }

  it('refuses a missing header', async () => {
    expect(await refusalOf(undefined)).to.equal('token-missing');
  });

  it('refuses another scheme', async () => {
    expect(await refusalOf('Basic dXNlcjpwYXNz')).to.equal('token-malformed');
  });

  it('refuses the algorithm none (JWT Signing Algorithm: SHALL NOT)', async () => {
    const header = base64url.encode(JSON.stringify({ alg: 'none', typ: 'JWT', kid: 'ehr-1' }));
    const token = (await signToken(keys)).split('.');
    expect(await refusalOf(`Bearer ${header}.${token[1] ?? ''}.`)).to.equal('algorithm-not-allowed');
  });

  it('refuses HS256 keyed with the public key (JWT Signing Algorithm: no symmetric algorithm)', async () => {
    const header = base64url.encode(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: 'ehr-1' }));
    const body = (await signToken(keys)).split('.')[1] ?? '';
    const signature = createHmac('sha256', JSON.stringify(keys.publicJwk))
      .update(`${header}.${body}`)
      .digest('base64url');
    expect(await refusalOf(`Bearer ${header}.${body}.${signature}`)).to.equal('algorithm-not-allowed');
  });

  it('refuses an algorithm the issuer is not configured for', async () => {
    expect(await refusalOfToken({}, {}, { algorithms: ['RS384'] })).to.equal('algorithm-not-allowed');
  });

  it('refuses a token without kid (Trusting CDS Clients: REQUIRED)', async () => {
    expect(await refusalOfToken({}, { kid: undefined })).to.equal('header-incomplete');
  });

  it('refuses a typ other than JWT', async () => {
    expect(await refusalOfToken({}, { typ: 'at+jwt' })).to.equal('header-incomplete');
  });

  for (const claim of ['iss', 'aud', 'exp', 'iat', 'jti']) {
    it(`refuses a token without ${claim} (Trusting CDS Clients: REQUIRED)`, async () => {
      expect(await refusalOfToken({ [claim]: undefined })).to.equal('claims-incomplete');
    });
  }

  it('refuses an issuer that is not on the allow-list, before any key is looked up', async () => {
    expect(await refusalOfToken({ iss: 'https://evil.example' })).to.equal('issuer-not-allowed');
  });

  it('refuses the audience of another endpoint of this service', async () => {
    expect(await refusalOfToken({ aud: `${CALL_URL}/feedback` })).to.equal('audience-mismatch');
  });

  it('refuses an expired token, forgiving 30 s between clocks', async () => {
    expect(await refusalOfToken({ iat: at(-300), exp: at(-29) })).to.equal('accepted');
    expect(await refusalOfToken({ iat: at(-300), exp: at(-31) })).to.equal('expired');
  });

  it('refuses a token from the future, forgiving 30 s between clocks', async () => {
    expect(await refusalOfToken({ iat: at(29) })).to.equal('accepted');
    expect(await refusalOfToken({ iat: at(31) })).to.equal('issued-in-future');
  });

  it('refuses a token before its nbf', async () => {
    expect(await refusalOfToken({ nbf: at(60) })).to.equal('not-yet-valid');
  });

  it('refuses a token made to live longer than an hour', async () => {
    expect(await refusalOfToken({ exp: at(3601) })).to.equal('lifetime-too-long');
  });

  it('refuses a tenant that is not on the list, and a missing one', async () => {
    expect(await refusalOfToken({ tenant: 'south' }, {}, { tenants: ['north'] })).to.equal('tenant-not-allowed');
    expect(await refusalOfToken({}, {}, { tenants: ['north'] })).to.equal('tenant-not-allowed');
  });

  it('refuses a jku other than the configured one, and never follows it', async () => {
    expect(await refusalOfToken({}, { jku: 'https://evil.example/jwks.json' })).to.equal('jku-not-allowed');
  });

  it('accepts a jku equal to the configured one', async () => {
    const jku = `${ISSUER}/jwks.json`;
    expect(await refusalOfToken({}, { jku }, { jku })).to.equal('accepted');
  });

  it('refuses an unknown kid', async () => {
    expect(await refusalOfToken({}, { kid: 'ehr-2' })).to.equal('key-unknown');
  });

  it('refuses a signature by another key under a known kid', async () => {
    const other = await makeCallerKeys('ES384', 'ehr-1');
    expect(await refusalOf(`Bearer ${await signToken(other)}`)).to.equal('signature-invalid');
  });

  it('refuses a payload changed after signing', async () => {
    const [header = '', , signature = ''] = (await signToken(keys)).split('.');
    const other = (await signToken(keys, { tenant: 'x' })).split('.')[1] ?? '';
    expect(await refusalOf(`Bearer ${header}.${other}.${signature}`)).to.equal('signature-invalid');
  });

  it('refuses a header it must understand and does not (crit)', async () => {
    const [, body = '', signature = ''] = (await signToken(keys)).split('.');
    const header = base64url.encode(
      JSON.stringify({ alg: 'ES384', kid: 'ehr-1', typ: 'JWT', crit: ['x-new'], 'x-new': 1 }),
    );
    expect(await refusalOf(`Bearer ${header}.${body}.${signature}`)).to.equal('signature-invalid');
  });

  it('refuses the second use of a token (jti)', async () => {
    const verifier = makeVerifier();
    const authorization = `Bearer ${await signToken(keys)}`;
    await verifier.verify({ authorization, url: CALL_URL });
    const second = await verifier.verify({ authorization, url: CALL_URL }).catch((error: unknown) => error);
    expect(isFault(second) && second.details['refusal']).to.equal('replayed');
  });

  it('does not burn the jti of a token that fails another check', async () => {
    const replay = makeReplay();
    const jti = 'one';
    const forged = await makeCallerKeys('ES384', 'ehr-1');
    const verifier = makeVerifier({}, { replay });
    await verifier
      .verify({ authorization: `Bearer ${await signToken(forged, { jti })}`, url: CALL_URL })
      .catch(() => undefined);
    const honest = await verifier.verify({ authorization: `Bearer ${await signToken(keys, { jti })}`, url: CALL_URL });
    expect(honest.issuer).to.equal(ISSUER);
  });

  it('refuses a token of a megabyte before decoding it', async () => {
    expect(await refusalOf(`Bearer ${'a'.repeat(1_000_000)}.b.c`)).to.equal('token-malformed');
  });
});

/** CDS Hooks 2.0, Trusting CDS Clients, Example: token and public key as printed there. */
describe('the worked example of CDS Hooks 2.0', () => {
  const url = 'https://cds.example.org/cds-services/some-service';
  const token =
    'eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9qd2tfdXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZhMzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8REXeYJLL6SGUBO8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb';
  const issuer = {
    issuer: 'https://fhir-ehr.example.com/',
    jku: 'https://fhir-ehr.example.com/jwk_uri',
    tenants: ['2ddd6c3a-8e9a-44c6-a305-52111ad302a2'],
    jwks: {
      keys: [
        {
          kty: 'EC',
          use: 'sig',
          crv: 'P-384',
          kid: 'example-kid',
          x: '46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk',
          y: 'XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI',
          alg: 'ES384',
        },
      ],
    },
  };
  const verifierAt = (now: string, maximumLifeS: number) =>
    createCallerVerifier({
      issuers: [issuer],
      replay: makeReplay(),
      logger: silent,
      now: () => new Date(now),
      maximumLifeS,
    });

  it('verifies while it is valid, were tokens allowed to live for years', async () => {
    const caller = await verifierAt('2014-01-01T00:00:00Z', 4e9).verify({ authorization: `Bearer ${token}`, url });
    expect(caller).to.include({ issuer: issuer.issuer, tenant: issuer.tenants[0] });
  });

  it('is refused today: expired', async () => {
    const fault: unknown = await verifierAt('2026-11-23T12:00:00Z', 4e9)
      .verify({ authorization: `Bearer ${token}`, url })
      .catch((error: unknown) => error);
    expect(isFault(fault) && fault.details['refusal']).to.equal('expired');
  });

  it('is refused under our own rule for the life of a token', async () => {
    const fault: unknown = await verifierAt('2014-01-01T00:00:00Z', 3600)
      .verify({ authorization: `Bearer ${token}`, url })
      .catch((error: unknown) => error);
    expect(isFault(fault) && fault.details['refusal']).to.equal('lifetime-too-long');
  });
});
