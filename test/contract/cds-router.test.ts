/** The CDS Hooks 2.0 endpoints over HTTP: discovery, call, statuses, what is logged and what is handed on. */
import { expect } from 'chai';
import { Fault } from '../../src/errors.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { PUBLIC_URL, startHarness, type Harness, until } from './cds-harness.ts';
import { assessed, HOOK_INSTANCE, makeOrder, makeRequest, RUNNING } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

interface CardsBody {
  readonly cards: { readonly uuid: string; readonly summary: string; readonly indicator: string; links?: unknown[] }[];
  readonly systemActions?: unknown;
}

describe('CDS Hooks endpoints', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
  });
  beforeEach(async () => {
    harness = await startHarness(database);
    harness.answerWith(assessed(0.1, 0.2, 0.3));
  });
  afterEach(() => harness.close());

  const readCards = async (answer: Response) => (await answer.json()) as CardsBody;

  it('GET /cds-services answers 200 with the services as JSON (Discovery)', async () => {
    const answer = await fetch(`${harness.baseUrl}/cds-services`);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.match(/^application\/json/);
    const body = (await answer.json()) as { services: { hook: string; id: string; prefetch: object }[] };
    expect(body.services.map((one) => [one.hook, one.id])).to.deep.equal([
      ['order-select', 'thrombectomy-risk'],
      ['order-sign', 'thrombectomy-risk'],
    ]);
    expect(body.services[0]?.prefetch).to.have.key('imagingStudies');
  });

  it('discovery asks clients to serve both hooks, and says what data is needed', async () => {
    const body = (await (await fetch(`${harness.baseUrl}/cds-services`)).json()) as {
      services: { usageRequirements: string }[];
    };
    for (const service of body.services) {
      expect(service.usageRequirements).to.contain('serve both hooks').and.contain('ImagingStudy');
    }
  });

  it('order-sign for a thrombectomy answers 200 with one card at POST {base}/cds-services/{id}', async () => {
    const answer = await harness.call(makeRequest());
    expect(answer.status).to.equal(200);
    expect((await readCards(answer)).cards).to.have.length(1);
  });

  it('order-select answers the selected thrombectomy too, under the same id (Update stale guidance)', async () => {
    const answer = await harness.call(makeRequest({ hook: 'order-select' }));
    expect((await readCards(answer)).cards).to.have.length(1);
  });

  it('order-select ignores a thrombectomy that is drafted but not selected', async () => {
    const other = makeOrder({ id: 'order-2', code: { text: 'Chest X-ray' } });
    const request = makeRequest({
      hook: 'order-select',
      orders: [makeOrder(), other],
      context: { selections: ['ServiceRequest/order-2'] },
    });
    expect(await readCards(await harness.call(request))).to.deep.equal({ cards: [] });
    expect(harness.questions).to.have.length(0);
  });

  it('an order that is no thrombectomy gets 200 with an empty array of cards', async () => {
    const request = makeRequest({ orders: [makeOrder({ code: { text: 'Chest X-ray' } })] });
    expect(await readCards(await harness.call(request))).to.deep.equal({ cards: [] });
  });

  it('never answers systemActions: nothing is changed without the user', async () => {
    expect(await readCards(await harness.call(makeRequest()))).not.to.have.property('systemActions');
  });

  it('a call without a token gets 401 with no detail', async () => {
    const answer = await fetch(`${harness.baseUrl}/cds-services/thrombectomy-risk`, { method: 'POST' });
    expect(answer.status).to.equal(401);
    expect(await answer.json()).to.deep.equal({ code: 'caller-unverified', message: 'Not authorized' });
  });

  it('an unknown service gets 404', async () => {
    const answer = await harness.call(makeRequest(), { path: '/cds-services/unknown' });
    expect(answer.status).to.equal(404);
    expect(await answer.json()).to.have.property('code', 'service-unknown');
  });

  it('another method gets 405 and is told which to use', async () => {
    const answer = await fetch(`${harness.baseUrl}/cds-services/thrombectomy-risk`);
    expect(answer.status).to.equal(405);
    expect(answer.headers.get('allow')).to.equal('POST, OPTIONS');
  });

  it('a hook that discovery does not offer gets 400', async () => {
    const answer = await harness.call(makeRequest({ hook: 'patient-view' }));
    expect(answer.status).to.equal(400);
  });

  it('a body that is not JSON by its content type gets 415', async () => {
    const answer = await harness.call(makeRequest(), { headers: { 'content-type': 'text/plain' } });
    expect(answer.status).to.equal(415);
  });

  it('a body beyond the limit gets 413', async () => {
    const answer = await harness.call(makeRequest({ context: { note: 'x'.repeat(3_000_000) } }));
    expect(answer.status).to.equal(413);
  });

  it('imaging studies that can be had nowhere give 412 (Prefetch Template)', async () => {
    harness.answerWith(new Fault('fhir-unavailable', 'down', { retryable: true }));
    const answer = await harness.call(makeRequest());
    expect(answer.status).to.equal(412);
    expect(await answer.json()).to.have.property('code', 'prefetch-unavailable');
  });

  it('a chart that fails although prefetch was given is a fault of ours: 502 without detail', async () => {
    harness.answerWith(new Fault('fhir-unavailable', 'secret host is down'));
    const answer = await harness.call(makeRequest({ top: { prefetch: { imagingStudies: null } } }));
    expect(answer.status).to.equal(502);
    expect(await answer.json()).to.deep.equal({
      code: 'fhir-unavailable',
      message: 'A system behind this service failed',
    });
  });

  it('an unexpected error is 500 without detail and leaves the process answering', async () => {
    harness.answerWith(new TypeError('Jane Doe has no property x'));
    const answer = await harness.call(makeRequest());
    expect(answer.status).to.equal(500);
    expect(await answer.text()).not.to.contain('Jane');
    expect(harness.lines.join('')).not.to.contain('Jane');
    harness.answerWith(RUNNING);
    expect((await harness.call(makeRequest())).status).to.equal(200);
  });

  it('the signal aborts at the budget, so that a slow analysis becomes a card and not a delay', async () => {
    await harness.close();
    harness = await startHarness(database, { router: { budgetMs: 20, graceMs: 2000 } });
    harness.answerWith(
      (_question, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(RUNNING))),
    );
    const body = await readCards(await harness.call(makeRequest()));
    expect(body.cards[0]?.summary).to.match(/no result yet/);
  });

  it('a service that ignores the signal is left behind with 504', async () => {
    await harness.close();
    harness = await startHarness(database, { router: { budgetMs: 10, graceMs: 10 } });
    harness.answerWith(() => new Promise(() => undefined));
    expect((await harness.call(makeRequest())).status).to.equal(504);
  });

  it('an answer that breaks the specification does not leave: 500 answer-invalid', async () => {
    await harness.close();
    const invalid = { cards: [{ summary: 'x'.repeat(140), indicator: 'info', source: { label: 'x' } }], issued: [] };
    const definitions = [{ hook: 'order-sign', id: 'broken', title: 'Broken', description: 'Breaks the rules' }];
    const service = { id: 'broken', definitions, handle: () => Promise.resolve(invalid as never) };
    harness = await startHarness(database, { router: { services: [service] } });
    const answer = await harness.call(makeRequest(), { path: '/cds-services/broken' });
    expect(answer.status).to.equal(500);
    expect(await answer.json()).to.have.property('code', 'answer-invalid');
  });

  it('hookInstance and request id stand in the log line; patient, user and token do not', async () => {
    const answer = await harness.call(makeRequest(), { headers: { 'x-request-id': 'ehr-request-42' } });
    expect(answer.headers.get('x-request-id')).to.equal('ehr-request-42');
    const log = harness.lines.join('');
    expect(log).to.contain(HOOK_INSTANCE).and.to.contain('ehr-request-42');
    for (const secret of ['patient-1', 'doctor-1', 'encounter-1', 'eyJ']) expect(log).not.to.contain(secret);
  });

  it('logs nothing at error level on the way to a card', async () => {
    await harness.call(makeRequest());
    const levels = harness.lines.map((line) => (JSON.parse(line) as { level: number }).level);
    expect(Math.max(...levels)).to.be.lessThan(40);
  });

  it('what was said is remembered, so that feedback can be tied to it', async () => {
    const { cards } = await readCards(await harness.call(makeRequest()));
    await until(() => harness.issued.length > 0);
    expect(harness.issued).to.have.length(1);
    expect(harness.issued[0]).to.include({
      cardUuid: cards[0]?.uuid,
      decision: 'forecast',
      hookInstance: HOOK_INSTANCE,
    });
  });

  it('tells the application whom the answer concerned, for the audit', async () => {
    await harness.call(makeRequest());
    expect(harness.answered[0]?.answer.concerns).to.include({
      patientId: 'patient-1',
      userId: 'Practitioner/doctor-1',
      encounterId: 'encounter-1',
      orderId: 'order-1',
    });
  });

  it('tells the application of each refusal with its code, for the audit', async () => {
    await fetch(`${harness.baseUrl}/cds-services/thrombectomy-risk`, { method: 'POST' });
    expect(harness.refused[0]).to.include({ code: 'caller-unverified', status: 401 });
  });

  it('work after the answer that fails is an error in the log and no harm to the answer', async () => {
    await harness.close();
    const fail = () => Promise.reject(new Error('Jane Doe is not in the audit store'));
    const feedbackStore = { rememberCards: fail, record: fail, findByAssessment: () => Promise.resolve([]) };
    harness = await startHarness(database, { router: { onAnswered: fail, feedbackStore } });
    harness.answerWith(RUNNING);
    expect((await harness.call(makeRequest())).status).to.equal(200);
    const errors = () => harness.lines.filter((line) => (JSON.parse(line) as { level: number }).level === 50);
    await until(() => errors().length === 2);
    expect(errors()).to.have.length(2);
    expect(harness.lines.join('')).not.to.contain('Jane');
  });

  it('a caller that hangs up aborts the signal: nobody works for nobody', async () => {
    let reason: unknown;
    harness.answerWith(
      (_question, signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            resolve(RUNNING);
          }),
        ),
    );
    const hangUp = new AbortController();
    const authorization = `Bearer ${await harness.sign()}`;
    const call = fetch(`${harness.baseUrl}/cds-services/thrombectomy-risk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(makeRequest()),
      signal: hangUp.signal,
    }).catch(() => undefined);
    await until(() => harness.questions.length > 0);
    hangUp.abort();
    await call;
    await until(() => reason !== undefined);
    expect(reason).to.be.instanceOf(Fault).and.to.have.property('message', 'The caller hung up');
  });

  it('answers are not cached by anybody', async () => {
    expect((await harness.call(makeRequest())).headers.get('cache-control')).to.equal('no-store');
  });

  it('discovery asks for a token where the site says so', async () => {
    await harness.close();
    harness = await startHarness(database, { router: { discoveryNeedsCaller: true } });
    expect((await fetch(`${harness.baseUrl}/cds-services`)).status).to.equal(401);
    const authorization = `Bearer ${await harness.sign({ aud: `${PUBLIC_URL}/cds-services` })}`;
    const answer = await fetch(`${harness.baseUrl}/cds-services`, { headers: { authorization } });
    expect(answer.status).to.equal(200);
  });

  it('a caller over its rate gets 429 and Retry-After', async () => {
    await harness.close();
    harness = await startHarness(database, { callsPerWindow: 2 });
    harness.answerWith(RUNNING);
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await harness.call(makeRequest())).status);
    expect(statuses).to.deep.equal([200, 200, 429]);
    expect(Number((await harness.call(makeRequest())).headers.get('retry-after'))).to.be.within(1, 60);
  });
});
