/**
 * The sandbox EHR's own interface, for its page: patients, the pick list, hooks, signing, feedback, the chart.
 * It holds no state between requests; what is signed is in the FHIR server, what is composed is in the page.
 */
import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import type { Resource, ServiceRequest } from '@medplum/fhirtypes';
import { z } from 'zod';
import { Fault } from '../../errors.ts';
import { callHook } from './call-hook.ts';
import { discoverServices, toServicesUrl, type CallAuthorizer } from './cds-discovery.ts';
import { orderForm, toHookContext, toServiceRequest, type OrderForm } from './draft-order.ts';
import type { EhrChart } from './ehr-chart.ts';
import { exchangeJson } from './exchange-json.ts';
import { guardOwnPage } from './guard-origin.ts';
import { listChart } from './list-chart.ts';
import { ORDERABLES } from './orderables.ts';
import { createOutcomeRouter } from './outcome-entry.ts';
import { listPatients, openPatient } from './patient-list.ts';
import { readCards } from './read-cards.ts';
import { readSharedWords } from './shared-words.ts';
import type { SmartServer } from '../smart/create-smart-server.ts';

export interface EhrRouterOptions {
  readonly chart: EhrChart;
  readonly pacsUrl: string;
  readonly authorize: CallAuthorizer;
  /** The CDS service the page starts with; undefined until the service listens. */
  readonly findServiceUrl: () => string | undefined;
  /** The EHR as a SMART authorization server. */
  readonly smart: Pick<SmartServer, 'findApp' | 'launch'>;
  readonly now: () => Date;
}

const serviceUrl = z.url({ protocol: /^https?$/ });
const hookName = z.enum(['order-select', 'order-sign']);
const hookRequest = z.strictObject({ order: orderForm, serviceUrl });
const launchRequest = z.object({
  url: serviceUrl,
  patient: z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/),
  appContext: z.string().max(2000).optional(),
});
const FEEDBACK_TIMEOUT_MS = 5_000;

/** Suggestions may add to an order; only these types, and only for the patient at hand. */
const addition = z.looseObject({
  resourceType: z.enum(['ServiceRequest', 'MedicationRequest', 'Task', 'CommunicationRequest']),
});
const signRequest = z.strictObject({ order: orderForm, additions: z.array(addition).max(10).optional() });
const feedbackRequest = z.strictObject({
  serviceUrl,
  serviceId: z.string().min(1),
  feedback: z.array(z.record(z.string(), z.unknown())).min(1).max(20),
});

export function createEhrRouter(options: EhrRouterOptions): Router {
  const { chart, now } = options;
  const router = express.Router();
  router.use(express.json({ limit: '1mb' }));
  router.get('/setting', (_request, response) => {
    const { pacsUrl, findServiceUrl } = options;
    response.json({ serviceUrl: findServiceUrl(), fhirUrl: chart.url, pacsUrl, words: readSharedWords() });
  });
  router.get('/orderables', (_request, response) => response.json(ORDERABLES));
  router.get('/patients', async (_request, response) => response.json(await listPatients(chart, now())));
  router.get('/patients/:id', async (request, response) => {
    response.json(await openPatient(chart, requireId(request), now()));
  });
  router.get('/patients/:id/chart', async (request, response) =>
    response.json(await listChart(chart, requireId(request))),
  );
  router.get('/resources/:type/:id', async (request, response) => {
    const type = z
      .string()
      .regex(/^[A-Za-z]+$/)
      .parse(request.params.type);
    response.json(await chart.read<Resource>(type as Resource['resourceType'], requireId(request)));
  });
  router.get('/studies/:uid/thumbnail', (request, response) => sendThumbnail(options.pacsUrl, request, response));
  router.get('/launches', guardOwnPage, (request, response) => launchApp(options, request, response));
  router.post('/discovery', async (request, response) => {
    const { serviceUrl: url } = parse(z.strictObject({ serviceUrl }), request.body);
    response.json({ url: toServicesUrl(url), services: await discoverServices(url, options.authorize) });
  });
  router.post('/hooks/:hook', async (request, response) => response.json(await fireHook(options, request)));
  router.post('/orders', async (request, response) => {
    const { order, additions = [] } = parse(signRequest, request.body);
    response.status(201).json(await signOrder(options, order, additions));
  });
  router.use(createOutcomeRouter(chart));
  router.post('/feedback', async (request, response) => {
    const message = parse(feedbackRequest, request.body);
    const url = `${toServicesUrl(message.serviceUrl)}/${encodeURIComponent(message.serviceId)}/feedback`;
    const authorization = await options.authorize(url);
    const body = { feedback: message.feedback };
    response.json(await exchangeJson(url, { body, authorization, timeoutMs: FEEDBACK_TIMEOUT_MS }));
  });
  return router;
}

/** A card's SMART link: what is open here goes along, and the browser is sent to the app (SMART App Launch 2.2). */
async function launchApp(options: EhrRouterOptions, request: Request, response: Response): Promise<void> {
  const asked = parse(launchRequest, request.query);
  const app = options.smart.findApp(asked.url);
  if (!app) throw new Fault('not-found', 'No app is registered with this EHR under this address');
  const { practitionerId, encounterId } = await openPatient(options.chart, asked.patient, options.now());
  const address = options.smart.launch(app, {
    patientId: asked.patient,
    practitionerId,
    ...(encounterId === undefined ? {} : { encounterId }),
    ...(asked.appContext === undefined ? {} : { appContext: asked.appContext }),
  });
  response.redirect(302, address);
}

async function fireHook(options: EhrRouterOptions, request: Request): Promise<unknown> {
  const hook = parse(hookName, request.params['hook']);
  const { order: form, serviceUrl: serviceBaseUrl } = parse(hookRequest, request.body);
  const { order, setting } = await composeOrder(options, form);
  const hookInstance = randomUUID();
  const exchanges = await callHook({
    hook,
    hookInstance,
    serviceBaseUrl,
    services: await discoverServices(serviceBaseUrl, options.authorize),
    context: toHookContext(hook, order, setting),
    chart: options.chart,
    authorize: options.authorize,
  });
  const results = exchanges.map((one) => ({
    ...one,
    ...(one.exchange?.status === 200 ? readCards(one.exchange.responseBody) : { cards: [], problems: [] }),
  }));
  return { hook, hookInstance, results };
}

async function composeOrder(options: EhrRouterOptions, form: OrderForm) {
  const patient = await openPatient(options.chart, form.patientId, options.now());
  const setting = {
    practitionerId: patient.practitionerId,
    ...(patient.encounterId === undefined ? {} : { encounterId: patient.encounterId }),
    orderedAt: options.now().toISOString(),
  };
  return { order: toServiceRequest(form, setting), setting };
}

/** Signing writes what the clinician decided, whatever any card said. */
async function signOrder(
  options: EhrRouterOptions,
  form: OrderForm,
  additions: readonly z.infer<typeof addition>[],
): Promise<{ readonly created: readonly string[] }> {
  const { order } = await composeOrder(options, form);
  const subject = `Patient/${form.patientId}`;
  const signed: Resource[] = [{ ...order, status: 'active' }];
  for (const one of additions) {
    const given = one as unknown as ServiceRequest;
    if (given.subject.reference !== subject) throw new Fault('request-malformed', 'A suggestion names another patient');
    signed.push(given.status === 'draft' ? { ...given, status: 'active' } : given);
  }
  const created: string[] = [];
  for (const resource of signed) {
    // The draft's id was the page's own; the server gives the real one.
    delete resource.id;
    const written = await options.chart.create(resource);
    created.push(`${written.resourceType}/${written.id ?? ''}`);
  }
  return { created };
}

async function sendThumbnail(pacsUrl: string, request: Request, response: Response): Promise<void> {
  const uid = parse(z.string().regex(/^[0-9.]{1,64}$/), request.params['uid']);
  const answer = await fetch(`${pacsUrl}/studies/${uid}/thumbnail`, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Fault('not-found', 'No slice that can be drawn');
  response.type('png').send(Buffer.from(await answer.arrayBuffer()));
}

function requireId(request: Request): string {
  return parse(z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/), request.params['id']);
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw new Fault('request-malformed', z.prettifyError(result.error));
  return result.data;
}
