/** The sandbox EHR against a scripted CDS service: what it sends, what it shows, what it writes. */
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import pino from 'pino';
import { createSandbox, type Sandbox } from '../../src/sandbox/create-sandbox.ts';
import { DEMO_PATIENTS } from '../../src/sandbox/seed/demo-patient.ts';
import {
  createScriptedCdsService,
  SCRIPTED_CARD,
  THROMBECTOMY_SERVICES,
  type ScriptedCdsService,
} from '../support/scripted-cds-service.ts';

type Json = Record<string, unknown>;

describe('sandbox EHR', () => {
  const errors: unknown[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  let sandbox: Sandbox;
  let service: ScriptedCdsService;

  before(async () => {
    service = await createScriptedCdsService(THROMBECTOMY_SERVICES);
    sandbox = await createSandbox({ logger, now: () => new Date() });
    sandbox.connectCdsService(service.url);
    await sandbox.seedDemoPatients(DEMO_PATIENTS.filter((demo) => ['demo-2', 'demo-5'].includes(demo.id)));
  });
  beforeEach(() => service.answer(200, { cards: [] }));
  after(async () => {
    await sandbox.close();
    await service.close();
  });

  const order = (change: Json = {}) => ({
    patientId: 'demo-2',
    orderableId: 'mechanical-thrombectomy',
    draftId: 'draft-1',
    priority: 'stat',
    side: 'left',
    ...change,
  });
  const send = (path: string, body: unknown, headers: Json = {}) =>
    fetch(`${sandbox.ehrUrl}/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const get = async (path: string) => (await (await fetch(`${sandbox.ehrUrl}/api${path}`)).json()) as Json;
  const fire = async (hook: string, change: Json = {}) => {
    const response = await send(`/hooks/${hook}`, { order: order(change), serviceUrl: service.url });
    return (await response.json()) as { results: { cards: Json[]; failure?: Json; exchange?: { status: number } }[] };
  };
  const lastCall = () => service.calls.at(-1)!;

  it('lists patients with age and reason', async () => {
    const patients = (await get('/patients')) as unknown as Json[];
    expect(patients.map((patient) => patient['id'])).to.deep.equal(['demo-2', 'demo-5']);
    expect(patients[0]).to.include({ ageYears: 61, recordNumber: 'SBX-0002' });
  });

  it('opens a patient with encounter and CTs on file', async () => {
    const opened = await get('/patients/demo-2');
    expect(opened['encounterId']).to.equal('demo-2-encounter');
    expect(opened['cts']).to.have.length(1);
    expect((await get('/patients/demo-5'))['cts']).to.deep.equal([]);
  });

  it('sends order-sign with a draft order, resolved prefetch and no empty elements', async () => {
    await fire('order-sign');
    const { body } = lastCall();
    const context = body['context'] as Json;
    expect(body['hook']).to.equal('order-sign');
    expect(context).to.not.have.property('selections');
    expect(context).to.include({ patientId: 'demo-2', userId: 'Practitioner/demo-practitioner' });
    const entry = (context['draftOrders'] as { entry: { resource: Json }[] }).entry;
    expect(entry[0]?.resource).to.include({ resourceType: 'ServiceRequest', status: 'draft', id: 'draft-1' });
    const prefetch = body['prefetch'] as Record<string, Json>;
    expect(Object.keys(prefetch).sort()).to.deep.equal(['encounter', 'imagingStudies', 'patient']);
    expect(prefetch['imagingStudies']).to.include({ resourceType: 'Bundle', type: 'searchset' });
  });

  it('sends order-select with the selection, and only there (order-select 1.0)', async () => {
    await fire('order-select');
    expect((lastCall().body['context'] as Json)['selections']).to.deep.equal(['ServiceRequest/draft-1']);
  });

  it('signs each call with a fresh ES384 token for exactly this endpoint (Trusting CDS Clients)', async () => {
    await fire('order-sign');
    const keys = createRemoteJWKSet(new URL(sandbox.issuer.jwksUrl));
    const token = lastCall().authorization?.replace('Bearer ', '') ?? '';
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: sandbox.issuer.issuer,
      audience: `${service.url}/cds-services/thrombectomy-risk`,
    });
    expect(protectedHeader).to.include({ alg: 'ES384', typ: 'JWT' });
    expect(payload.jti).to.be.a('string');
  });

  it('hands back cards, with detail rendered, and the raw exchange', async () => {
    service.answer(200, { cards: [SCRIPTED_CARD] });
    const { results } = await fire('order-sign');
    expect(results[0]?.cards[0]).to.include({ summary: SCRIPTED_CARD.summary, indicator: 'critical' });
    expect(results[0]?.exchange?.status).to.equal(200);
  });

  it('hands back a refusal as an exchange, not as its own failure', async () => {
    service.answer(412, { code: 'prefetch-unavailable' });
    const { results } = await fire('order-sign');
    expect([results[0]?.exchange?.status, results[0]?.cards]).to.deep.equal([412, []]);
  });

  it('survives an answer that is no JSON', async () => {
    service.answer(200, 'gateway says hello');
    const { results } = await fire('order-sign');
    expect(results[0]?.cards).to.deep.equal([]);
  });

  it('names a service that cannot be reached', async () => {
    const response = await send('/hooks/order-sign', { order: order(), serviceUrl: 'http://127.0.0.1:9' });
    expect(response.status).to.equal(502);
    expect(await response.json()).to.include({ code: 'fhir-unavailable' });
  });

  it('reads discovery with or without /cds-services at the end of the address', async () => {
    for (const entered of [service.url, `${service.url}/`, `${service.url}/cds-services`]) {
      const found = (await (await send('/discovery', { serviceUrl: entered })).json()) as Json;
      expect(found['services']).to.have.length(2);
    }
  });

  it('writes the signed order into the chart, where a listing finds it', async () => {
    const response = await send('/orders', { order: order() });
    expect(response.status).to.equal(201);
    const sections = (await get('/patients/demo-2/chart')) as unknown as { title: string; items: Json[] }[];
    const orders = sections.find((section) => section.title === 'Orders');
    expect(orders?.items[0]?.['title']).to.equal('Mechanical thrombectomy, intracranial artery, active');
  });

  it('signs what a suggestion added together with the order', async () => {
    const subject = { reference: 'Patient/demo-2' };
    const addition = {
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      code: { text: 'Follow-up' },
      subject,
    };
    const { created } = (await (await send('/orders', { order: order(), additions: [addition] })).json()) as {
      created: string[];
    };
    const written = await get(`/resources/${created[1] ?? ''}`);
    expect(written).to.include({ resourceType: 'ServiceRequest', status: 'active' });
  });

  it('refuses a suggestion that names another patient', async () => {
    const addition = {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/x' },
    };
    expect((await send('/orders', { order: order(), additions: [addition] })).status).to.equal(400);
  });

  it('passes feedback on to the service (CDS Hooks 2.0, Feedback)', async () => {
    const feedback = [{ card: SCRIPTED_CARD.uuid, outcome: 'overridden', outcomeTimestamp: '2026-11-23T10:00:00Z' }];
    await send('/feedback', { serviceUrl: service.url, serviceId: 'thrombectomy-risk', feedback });
    expect(lastCall()).to.deep.include({ path: '/cds-services/thrombectomy-risk/feedback', body: { feedback } });
  });

  it('shows a thumbnail of the CT', async () => {
    const [ct] = (await get('/patients/demo-2'))['cts'] as { studyInstanceUid: string }[];
    const response = await fetch(`${sandbox.ehrUrl}/api/studies/${ct!.studyInstanceUid}/thumbnail`);
    expect(response.headers.get('content-type')).to.equal('image/png');
  });

  it('refuses a write that a foreign form could send', async () => {
    expect((await send('/orders', { order: order() }, { 'content-type': 'text/plain' })).status).to.equal(415);
  });

  it('serves its page under a strict content security policy', async () => {
    const response = await fetch(sandbox.ehrUrl);
    expect(response.headers.get('content-security-policy')).to.contain("script-src 'self'").and.not.contain('unsafe');
  });

  it('logged nothing at error level', () => expect(errors).to.deep.equal([]));
});
