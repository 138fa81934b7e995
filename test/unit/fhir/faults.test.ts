import { expect } from 'chai';
import { createRefreshingTokens } from '../../../src/fhir/access/access-tokens.ts';
import type { AccessTokens } from '../../../src/fhir/access/access-tokens.ts';
import { createFhirConnection } from '../../../src/fhir/access/fhir-connection.ts';
import { waitAsked } from '../../../src/fhir/access/response-fault.ts';
import { faultOf } from '../../support/fault-of.ts';
import { startFhirServer } from '../../support/fhir-server.ts';
import type { FhirFault, TestFhirServer } from '../../support/fhir-server.ts';
import { CHART, makeAssessment, makeChart, signal } from '../../support/fhir-samples.ts';
import { pino } from 'pino';

const KEY = 'a'.repeat(64);

describe('a FHIR server that fails becomes a Fault that says when to come back', () => {
  let server: TestFhirServer;
  before(async () => {
    server = await startFhirServer({ resources: CHART });
  });
  after(() => server.close());
  afterEach(() => server.reset());

  const find = () => makeChart(server.url, { timeoutMs: 300 }).findAssessment(KEY, { signal: signal() });
  const status = (code: number, headers: Record<string, string> = {}): FhirFault => ({
    kind: 'status',
    status: code,
    headers,
  });
  const cases: readonly (readonly [
    string,
    FhirFault,
    Partial<Record<'code' | 'retryable' | 'retryAfterMs', unknown>>,
  ])[] = [
    [
      '429 with Retry-After in seconds',
      status(429, { 'retry-after': '7' }),
      { code: 'fhir-unavailable', retryable: true, retryAfterMs: 7000 },
    ],
    [
      '429 with an exhausted RateLimit (Medplum)',
      status(429, { ratelimit: '"requests";r=10;t=3, "fhir";r=0;t=42' }),
      { code: 'fhir-unavailable', retryable: true, retryAfterMs: 42_000 },
    ],
    [
      '503 with Retry-After',
      status(503, { 'retry-after': '2' }),
      { code: 'fhir-unavailable', retryable: true, retryAfterMs: 2000 },
    ],
    ['500', status(500), { code: 'fhir-unavailable', retryable: true, retryAfterMs: undefined }],
    ['504', status(504), { code: 'fhir-unavailable', retryable: true }],
    ['408', status(408), { code: 'fhir-unavailable', retryable: true }],
    ['401: our token is refused', status(401), { code: 'fhir-refused', retryable: true, retryAfterMs: 60_000 }],
    ['403', status(403), { code: 'fhir-refused', retryable: true, retryAfterMs: 60_000 }],
    ['400: the content is refused', status(400), { code: 'fhir-refused', retryable: false }],
    ['409: somebody else wrote at the same moment', status(409), { code: 'fhir-refused', retryable: true }],
    ['422', status(422), { code: 'fhir-refused', retryable: false }],
    ['a redirect', status(307, { location: 'http://127.0.0.1:9/' }), { code: 'fhir-not-allowed', retryable: false }],
    ['a cut connection', { kind: 'cut', when: 'before' }, { code: 'fhir-unavailable', retryable: true }],
    ['a silent server', { kind: 'slow', delayMs: 2000 }, { code: 'fhir-unavailable', retryable: true }],
    [
      "a proxy's HTML page",
      { kind: 'body', status: 200, type: 'text/html', body: '<h1>Sign in</h1>' },
      { code: 'fhir-unavailable', retryable: true },
    ],
    [
      'JSON that is no resource',
      { kind: 'body', status: 200, type: 'application/json', body: '[1]' },
      { code: 'fhir-unavailable', retryable: true },
    ],
    [
      'JSON that ends early',
      { kind: 'body', status: 200, type: 'application/fhir+json', body: '{"resourceType":"Bun' },
      { code: 'fhir-unavailable', retryable: true },
    ],
  ];
  for (const [title, fault, expected] of cases) {
    it(title, async () => {
      server.plan({ fault });
      expect(await faultOf(find())).to.include(expected);
    });
  }

  it('a read is tried once more after an outage', async () => {
    server.plan({ fault: { kind: 'cut', when: 'before' }, times: 1 });
    expect(await find()).to.equal(undefined);
    expect(server.seen).to.have.length(2);
  });

  it('a read is not tried again before the time the server asked for', async () => {
    server.plan({ fault: status(429, { 'retry-after': '1' }), times: 1 });
    await faultOf(find());
    expect(server.seen).to.have.length(1);
  });

  it('an answer larger than allowed is refused', async () => {
    const connection = createFhirConnection({
      baseUrl: server.url,
      tokens: { current: () => Promise.resolve(undefined), discard: () => undefined },
      identity: 'service',
      maximumBytes: 1000,
    });
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', id: 'x'.repeat(5000) });
    server.plan({ fault: { kind: 'body', status: 200, type: 'application/fhir+json', body } });
    expect((await faultOf(connection.search('Patient', [], { signal: signal() }))).code).to.equal('fhir-refused');
  });

  it("the caller's deadline is its own code", async () => {
    server.plan({ fault: { kind: 'slow', delayMs: 2000 } });
    const fault = await faultOf(makeChart(server.url).findAssessment(KEY, { signal: AbortSignal.timeout(50) }));
    expect(fault).to.include({ code: 'deadline-exceeded', retryable: true });
  });

  it('no fault repeats the patient, the key or what the server said', async () => {
    const body = JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'invalid', diagnostics: 'Jane Doe, born 1950', expression: ['Patient.name'] }],
    });
    server.plan({ fault: { kind: 'body', status: 422, type: 'application/fhir+json', body } });
    const fault = await faultOf(makeChart(server.url).recordAssessment(makeAssessment(), { signal: signal() }));
    const { code, details, message, cause } = fault;
    const told = JSON.stringify({ code, details, message, cause: String(cause) });
    expect(told).to.contain('Patient.name');
    for (const secret of ['Jane', '1950', KEY, 'patient-1']) expect(told).not.to.contain(secret);
  });

  it('isReachable says no instead of throwing', async () => {
    expect(await makeChart(server.url).isReachable({ signal: signal() })).to.equal(true);
    server.plan({ fault: status(503) });
    expect(await makeChart(server.url).isReachable({ signal: signal() })).to.equal(false);
    expect(await makeChart('http://127.0.0.1:9/fhir').isReachable({ signal: signal() })).to.equal(false);
  });

  it('nothing is printed to the console', async () => {
    const printed: unknown[] = [];
    const { error, log } = console;
    console.error = console.log = (...words: unknown[]) => printed.push(words);
    try {
      server.plan({ fault: { kind: 'body', status: 200, type: 'application/json', body: '{"name":"Jane' } });
      await faultOf(find());
    } finally {
      Object.assign(console, { error, log });
    }
    expect(printed).to.deep.equal([]);
  });
});

describe('a deadline that ends while the token is waited for', () => {
  it('is the deadline, not an outage', async () => {
    const tokens: AccessTokens = {
      current: ({ signal: waiting }) =>
        new Promise((_resolve, reject) => {
          waiting.addEventListener('abort', () => reject(waiting.reason as Error));
        }),
      discard: () => undefined,
    };
    const chart = makeChart('http://127.0.0.1:9/fhir', { tokens });
    const fault = await faultOf(chart.findAssessment(KEY, { signal: AbortSignal.timeout(30) }));
    expect(fault.code).to.equal('deadline-exceeded');
  });
});

describe('a refused token of our own', () => {
  const makeTokens = () => {
    let granted = 0;
    const tokens: AccessTokens = createRefreshingTokens({
      grant: () =>
        Promise.resolve({ accessToken: `token-${String((granted += 1))}`, expiresAt: Date.now() + 3_600_000 }),
      now: Date.now,
      logger: pino({ level: 'silent' }),
    });
    return tokens;
  };

  it('is replaced once, and the call is sent again with the new one', async () => {
    const server = await startFhirServer({ resources: CHART });
    server.plan({ fault: { kind: 'status', status: 401 }, times: 1 });
    await makeChart(server.url, { tokens: makeTokens() }).findAssessment(KEY, { signal: signal() });
    expect(server.seen.map(({ authorization }) => authorization)).to.deep.equal(['Bearer token-1', 'Bearer token-2']);
    await server.close();
  });

  it('a write goes the same way: nothing was processed under a refused token', async () => {
    const server = await startFhirServer({ resources: CHART });
    server.plan({ fault: { kind: 'status', status: 401 }, match: ({ method }) => method === 'POST', times: 1 });
    const chart = makeChart(server.url, { tokens: makeTokens() });
    await chart.recordAssessment(makeAssessment(), { signal: signal() });
    expect(await chart.findAssessment(KEY, { signal: signal() })).to.deep.equal(makeAssessment());
    await server.close();
  });
});

describe('Retry-After (RFC 9110 10.2.3)', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const wait = (value: string) => waitAsked(new Headers({ 'retry-after': value }), now);
  it('in seconds', () => expect(wait('120')).to.equal(120_000));
  it('as a date', () => expect(wait('Mon, 23 Nov 2026 12:00:30 GMT')).to.equal(30_000));
  it('as a date that is past', () => expect(wait('Mon, 23 Nov 2026 11:00:00 GMT')).to.equal(0));
  it('never beyond an hour', () => expect(wait('999999')).to.equal(3_600_000));
  it('nonsense is no wish', () => expect(wait('soon')).to.equal(undefined));
  it('empty is no wish', () => expect(waitAsked(new Headers(), now)).to.equal(undefined));
});
