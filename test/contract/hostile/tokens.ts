/** Tokens that must not open anything. Everything but an oversized header ends in the same 401. */
import { createHmac } from 'node:crypto';
import { makeCallerKeys, NOW, PUBLIC_URL, CALL_URL, ISSUER, signToken } from '../cds-harness.ts';
import { assemble, encode, goodClaims, PHI, type HostileCase, type HostileKit } from './hostile-case.ts';

type Make = (kit: HostileKit) => Promise<string | undefined> | string | undefined;
const refused = (name: string, make: Make): HostileCase => ({
  name: `token: ${name}`,
  status: 401,
  code: 'caller-unverified',
  send: async (kit) => kit.authorize(await make(kit)),
});
/** Properly signed, with one claim or header changed. */
const signed = (name: string, claims: Record<string, unknown>, header: Record<string, unknown> = {}): HostileCase =>
  refused(name, async ({ harness }) => `Bearer ${await harness.sign(claims, header)}`);

const header = { alg: 'ES384', kid: 'ehr-1', typ: 'JWT' };
const nowS = NOW.getTime() / 1000;

const hmac = (alg: string, hash: string): HostileCase =>
  refused(`${alg} keyed with the public key`, ({ harness }) => {
    const body = `${encode({ ...header, alg })}.${encode(goodClaims())}`;
    const key = JSON.stringify(harness.keys.publicJwk);
    return `Bearer ${body}.${createHmac(hash, key).update(body).digest('base64url')}`;
  });

const resigned = (name: string, change: (parts: [string, string, string]) => string): HostileCase =>
  refused(name, async ({ harness }) => {
    const [head = '', body = '', signature = ''] = (await harness.sign()).split('.');
    return `Bearer ${change([head, body, signature])}`;
  });

const byStranger = (
  name: string,
  extra: (publicJwk: Record<string, unknown>) => Record<string, unknown>,
): HostileCase =>
  refused(name, async () => {
    const stranger = await makeCallerKeys('ES384', 'ehr-1');
    return `Bearer ${await signToken(stranger, {}, extra(stranger.publicJwk))}`;
  });

export const HOSTILE_TOKENS: readonly HostileCase[] = [
  refused('none', () => undefined),
  refused('an empty header', () => ''),
  refused('a scheme without a token', () => 'Bearer'),
  refused('Basic credentials', () => `Basic ${Buffer.from(`${PHI}:x`).toString('base64')}`),
  refused('two tokens in one header', async ({ harness }) => `Bearer ${await harness.sign()} ${await harness.sign()}`),
  refused(
    'two tokens with a comma',
    async ({ harness }) => `Bearer ${await harness.sign()}, Bearer ${await harness.sign()}`,
  ),
  refused('trailing words', async ({ harness }) => `Bearer ${await harness.sign()} x`),
  refused('a token without the scheme', ({ harness }) => harness.sign()),
  refused('four parts', async ({ harness }) => `Bearer ${await harness.sign()}.x`),
  refused('five parts (encrypted)', () => 'Bearer a.b.c.d.e'),
  refused('only dots', () => 'Bearer ..'),
  refused('a name instead of a token', () => `Bearer ${PHI}`),
  refused('JSON serialization with two signatures', async ({ harness }) => {
    const [head, payload, signature] = (await harness.sign()).split('.');
    return `Bearer ${JSON.stringify({
      payload,
      signatures: [
        { protected: head, signature },
        { protected: head, signature },
      ],
    })}`;
  }),
  refused('12 KB', () => `Bearer ${'a'.repeat(12_000)}.b.c`),
  { name: 'token: 1 MB', status: 431, send: (kit) => kit.authorize(`Bearer ${'a'.repeat(1_000_000)}.b.c`) },
  ...['none', 'None', 'NONE', 'nOnE'].map((alg) =>
    refused(`algorithm ${alg} without signature`, () => assemble({ ...header, alg }, goodClaims(), '')),
  ),
  refused('algorithm none with a signature', () => assemble({ ...header, alg: 'none' }, goodClaims())),
  hmac('HS256', 'sha256'),
  hmac('HS384', 'sha384'),
  hmac('HS512', 'sha512'),
  ...['PS384', 'EdDSA', 'ES512', 'RS512', 'ES256K', 'RSA-OAEP', '', 'ES384 ', 'es384'].map((alg) =>
    refused(`algorithm "${alg}"`, () => assemble({ ...header, alg }, goodClaims())),
  ),
  refused('no algorithm', () => assemble({ kid: 'ehr-1', typ: 'JWT' }, goodClaims())),
  refused('a list of algorithms', () => assemble({ ...header, alg: ['ES384', 'none'] }, goodClaims())),
  refused('RS256 over the elliptic key', () => assemble({ ...header, alg: 'RS256' }, goodClaims())),
  refused('ES256 over the P-384 key', () => assemble({ ...header, alg: 'ES256' }, goodClaims())),
  refused('a header that says the algorithm twice', () =>
    assemble('{"alg":"ES384","kid":"ehr-1","typ":"JWT","alg":"none"}', goodClaims()),
  ),
  signed('no kid', {}, { kid: undefined }),
  signed('unknown kid', {}, { kid: 'ehr-2' }),
  signed('kid as a path', {}, { kid: '../../etc/passwd' }),
  signed('kid as SQL', {}, { kid: "x' OR '1'='1" }),
  signed('kid of 10 000 characters', {}, { kid: 'k'.repeat(4000) }),
  refused('kid as an object', () => assemble({ ...header, kid: {} }, goodClaims())),
  signed('typ missing', {}, { typ: undefined }),
  signed('typ of an access token', {}, { typ: 'at+jwt' }),
  signed('jku elsewhere', {}, { jku: 'https://evil.example/jwks.json' }),
  signed('jku at the metadata service', {}, { jku: 'http://169.254.169.254/latest/meta-data' }),
  signed('jku with a suffix to the right one', {}, { jku: `${ISSUER}/jwks.json?x=https://evil.example` }),
  signed('jku as a file', {}, { jku: 'file:///etc/passwd' }),
  byStranger('a stranger under a known kid', () => ({})),
  byStranger('a stranger who brings his key along (jwk)', (jwk) => ({ jwk })),
  byStranger('a stranger who points to his key (jku)', () => ({ jku: 'https://evil.example/jwks.json' })),
  byStranger('a stranger who points to his certificate (x5u)', () => ({ x5u: 'https://evil.example/cert.pem' })),
  refused('a critical header nobody knows', () => assemble({ ...header, crit: ['x'], x: 1 }, goodClaims())),
  refused('an unencoded payload (b64 false)', () => assemble({ ...header, crit: ['b64'], b64: false }, goodClaims())),
  resigned('no signature', ([head, body]) => `${head}.${body}.`),
  resigned('half a signature', ([head, body, signature]) => `${head}.${body}.${signature.slice(0, 64)}`),
  resigned('one changed bit', ([head, body, signature]) => {
    const bytes = Buffer.from(signature, 'base64url');
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    return `${head}.${body}.${bytes.toString('base64url')}`;
  }),
  resigned('all zeros (r = s = 0)', ([head, body]) => `${head}.${body}.${Buffer.alloc(96).toString('base64url')}`),
  resigned('other claims under the same signature', ([head, , signature]) => {
    return `${head}.${encode(goodClaims({ tenant: PHI }))}.${signature}`;
  }),
  resigned('another header under the same signature', ([, body, signature]) => {
    return `${encode({ ...header, jku: `${ISSUER}/jwks.json` })}.${body}.${signature}`;
  }),
  signed('no issuer', { iss: undefined }),
  signed('another issuer', { iss: 'https://evil.example' }),
  signed('the issuer with a slash', { iss: `${ISSUER}/` }),
  signed('the issuer in capitals', { iss: ISSUER.toUpperCase() }),
  signed('a prototype as issuer', { iss: '__proto__' }),
  refused('a list of issuers', () => assemble(header, goodClaims({ iss: [ISSUER] }))),
  signed('no audience', { aud: undefined }),
  signed('the audience of discovery', { aud: `${PUBLIC_URL}/cds-services` }),
  signed('the audience of feedback', { aud: `${CALL_URL}/feedback` }),
  signed('the audience with a slash', { aud: `${CALL_URL}/` }),
  signed('the audience with a query', { aud: `${CALL_URL}?x` }),
  signed('the audience over http', { aud: CALL_URL.replace('https', 'http') }),
  signed('the audience of another host', { aud: CALL_URL.replace('cds.', 'cds2.') }),
  signed('the bare host as audience', { aud: PUBLIC_URL }),
  signed('an empty list of audiences', { aud: [] }),
  signed('a hundred audiences', { aud: Array.from({ length: 100 }, (_one, index) => `${CALL_URL}${String(index)}`) }),
  refused('an object as audience', () => assemble(header, goodClaims({ aud: { url: CALL_URL } }))),
  signed('no expiry', { exp: undefined }),
  signed('expired', { iat: nowS - 600, exp: nowS - 300 }),
  signed('expired in 1970', { iat: 0, exp: 1 }),
  signed('good for a day', { exp: nowS + 86_400 }),
  signed('good for ever', { exp: 1e15 }),
  signed('issued tomorrow', { iat: nowS + 86_400, exp: nowS + 86_700 }),
  signed('no time of issue', { iat: undefined }),
  signed('not valid yet', { nbf: nowS + 3600 }),
  refused('expiry as text', () => assemble(header, goodClaims({ exp: '2099' }))),
  refused('a negative expiry', () => assemble(header, goodClaims({ exp: -1 }))),
  signed('no jti', { jti: undefined }),
  signed('an empty jti', { jti: '' }),
  signed('a jti of 2 KB', { jti: 'j'.repeat(2000) }),
  refused('a number as jti', () => assemble(header, goodClaims({ jti: 7 }))),
  refused('claims that are no JSON', () => assemble(header, `{"iss":"${PHI}"`)),
  refused('claims that are a list', () => assemble(header, [goodClaims()])),
  refused('claims nested a thousand deep', () => assemble(header, `${'['.repeat(1000)}${']'.repeat(1000)}`)),
  refused('a header that is no JSON', () => assemble('alg=ES384', goodClaims())),
  refused('a prototype in the header', () => assemble('{"__proto__":{"alg":"none"},"kid":"x"}', goodClaims())),
  {
    name: 'token: replayed',
    status: 401,
    code: 'caller-unverified',
    async send(kit) {
      const authorization = `Bearer ${await kit.harness.sign()}`;
      await kit.authorize(authorization);
      return kit.authorize(authorization);
    },
  },
  {
    name: 'token: only in the query',
    status: 401,
    code: 'caller-unverified',
    async send(kit) {
      const path = `/cds-services/thrombectomy-risk?access_token=${await kit.harness.sign()}`;
      const answer = await fetch(kit.harness.baseUrl + path, { method: 'POST' });
      return { status: answer.status, body: await answer.text() };
    },
  },
];
