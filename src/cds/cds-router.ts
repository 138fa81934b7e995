/**
 * The CDS Hooks 2.0 endpoints on express: discovery, call, feedback. Each request climbs the same ladder, and the
 * first rung that fails answers: verified caller (401), rate (429), known service (404), type (415), size (413),
 * JSON and schema (400), the service itself (200, 412, 5xx). An answer that breaks the specification ends as 500.
 */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import { traceStep, type Step } from '../tracing.ts';
import type { CardFeedback, FeedbackStore } from '../assessment/domain/ports.ts';
import { createAdmission } from './admission.ts';
import { createAftercare } from './aftercare.ts';
import { createBeforeAnswer } from './before-answer.ts';
import type { CardMemory } from './card-memory.ts';
import type { CallRateLimit, CallerVerifier, CdsCaller, CdsService, CdsServiceAnswer } from './cds-service.ts';
import { createCorrelation, readExchange, toLogFields } from './correlation.ts';
import { createCdsCors } from './cross-origin.ts';
import { cdsFeedback, toCardFeedback } from './feedback-schema.ts';
import { readJsonBody, type BodyLimits } from './json-body.ts';
import { createRefusalHandler, type RefusedCall } from './refusal.ts';
import { cdsRequest, parseMessage, type CdsRequest } from './request-schema.ts';
import { runService, toResponse } from './run-service.ts';
import { createServiceRegistry, type ServiceRegistry } from './service-registry.ts';

export interface AnsweredCall {
  readonly serviceId: string;
  readonly request: CdsRequest;
  readonly caller: CdsCaller;
  readonly answer: CdsServiceAnswer;
  readonly requestId: string;
  readonly at: string;
  readonly durationMs: number;
}

export interface ReceivedFeedback {
  readonly feedback: readonly CardFeedback[];
  readonly caller: CdsCaller;
  readonly at: string;
}

export interface CdsRouterOptions {
  readonly services: readonly CdsService[];
  /** Public base address, e.g. `https://cds.example.org`; the tokens' `aud` is built from it, never from the request. */
  readonly publicUrl: string;
  readonly verifier: CallerVerifier;
  readonly rateLimit: CallRateLimit;
  readonly feedbackStore: Pick<FeedbackStore, 'record'>;
  /** Its owner settles it before the store is closed. */
  readonly cardMemory: CardMemory;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Default 400 ms, and 100 ms more for wording the answer. */
  readonly budgetMs?: number;
  readonly graceMs?: number;
  readonly limits?: Partial<BodyLimits>;
  /** Browser origins that may call; none by default. */
  readonly corsOrigins?: readonly string[];
  /** Discovery holds no patient data, but a site may protect it. Default false. */
  readonly discoveryNeedsCaller?: boolean;
  /** Before the answer is sent, which waits for it as long as the grace lasts; what it rejects with is logged. */
  readonly recordAnswer?: (call: AnsweredCall) => Promise<void> | void;
  /** After the answer has been sent; may be slow, must not throw (what it rejects with is logged). */
  readonly onAnswered?: (call: AnsweredCall) => Promise<void> | void;
  readonly onRefused?: (refused: RefusedCall) => Promise<void> | void;
  readonly onFeedback?: (received: ReceivedFeedback) => Promise<void> | void;
}

const DEFAULT_LIMITS: BodyLimits = { maximumBytes: 2 * 1024 * 1024, maximumDepth: 48, timeoutMs: 5_000 };

/** Mount at the application's root. Throws Fault `config-invalid` when a service's definitions break the rules. */
export function createCdsRouter(options: CdsRouterOptions): Router {
  const registry = createServiceRegistry(options.services);
  const endpoints = createEndpoints(options, registry);
  const router = express.Router({ strict: true, caseSensitive: true });
  router.use('/cds-services', createCorrelation(options.now), createCdsCors(options.corsOrigins ?? []));
  router.get('/cds-services', endpoints.discover);
  router.post('/cds-services/:id', endpoints.call);
  router.post('/cds-services/:id/feedback', endpoints.receiveFeedback);
  router.all('/cds-services', refuseMethod('GET'));
  router.all(['/cds-services/:id', '/cds-services/:id/feedback'], refuseMethod('POST'));
  router.use('/cds-services', () => {
    throw new Fault('not-found', 'There is nothing at this address');
  });
  const later = createAftercare(options.logger);
  router.use(
    '/cds-services',
    createRefusalHandler({
      logger: options.logger,
      onRefused: (refused) => later('onRefused', () => options.onRefused?.(refused)),
    }),
  );
  return router;
}

function createEndpoints(
  options: CdsRouterOptions,
  registry: ServiceRegistry,
): Readonly<Record<'discover' | 'call' | 'receiveFeedback', RequestHandler>> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const admit = createAdmission(options);
  const budget = { budgetMs: options.budgetMs ?? 400, graceMs: options.graceMs ?? 100 };
  const later = createAftercare(options.logger);
  const first = createBeforeAnswer(options.logger, budget.graceMs);

  async function discover(request: Request, response: Response): Promise<void> {
    if (options.discoveryNeedsCaller === true) await admit(request, response, '/cds-services');
    response.set('Cache-Control', options.discoveryNeedsCaller === true ? 'private, no-cache' : 'no-cache');
    response.json(registry.discovery);
    options.logger.info({ ...toLogFields(response), status: 200 }, 'discovery answered');
  }

  /** The root of a trace, below the caller's own where it sent one (W3C Trace Context). */
  const call = (request: Request, response: Response): Promise<void> => {
    const origin = { from: 'caller', traceparent: request.get('traceparent') } as const;
    return traceStep('cds.call', {}, (step) => answerCall(request, response, step), origin);
  };

  async function answerCall(request: Request, response: Response, step: Step): Promise<void> {
    const id = String(request.params['id']);
    const caller = await admit(request, response, `/cds-services/${encodeURIComponent(id)}`);
    const service = registry.requireService(id);
    readExchange(response).known.serviceId = id;
    const message = parseMessage(cdsRequest, await readJsonBody(request, limits));
    registry.requireHook(service, message.hook);
    step.add({ 'cds.service': id, 'cds.hook': message.hook });
    Object.assign(readExchange(response).known, { hook: message.hook, hookInstance: message.hookInstance });
    const answer = await runService(service, message, caller, response, budget);
    step.add({ 'cds.cards': answer.cards.length });
    const answered = describeCall({ serviceId: id, request: message, caller, answer }, response);
    await first('recordAnswer', () => options.recordAnswer?.(answered));
    response.set('Cache-Control', 'no-store').json(toResponse(answer));
    const said = { cards: answer.cards.length, said: answer.issued.map((card) => card.decision) };
    options.logger.info({ ...toLogFields(response), status: 200, ...said }, 'call answered');
    options.cardMemory.remember(answer.issued);
    later('onAnswered', () => options.onAnswered?.(describeCall(answered, response)));
  }

  async function receiveFeedback(request: Request, response: Response): Promise<void> {
    const id = String(request.params['id']);
    const caller = await admit(request, response, `/cds-services/${encodeURIComponent(id)}/feedback`);
    registry.requireService(id);
    readExchange(response).known.serviceId = id;
    const message = parseMessage(cdsFeedback, await readJsonBody(request, limits));
    const feedback = toCardFeedback(message, id, caller.issuer);
    await options.feedbackStore.record(feedback);
    response.set('Cache-Control', 'no-store').json({ recorded: feedback.length });
    const outcomes = { accepted: feedback.filter((one) => one.outcome === 'accepted').length, all: feedback.length };
    options.logger.info({ ...toLogFields(response), status: 200, ...outcomes }, 'feedback received');
    const at = readExchange(response).receivedAt.toISOString();
    later('onFeedback', () => options.onFeedback?.({ feedback, caller, at }));
  }

  return { discover, call, receiveFeedback };
}

/** As far as it has come by now. */
function describeCall(
  { serviceId, request, caller, answer }: Omit<AnsweredCall, 'requestId' | 'at' | 'durationMs'>,
  response: Response,
): AnsweredCall {
  const { known, receivedAt, startedAtMs } = readExchange(response);
  const durationMs = performance.now() - startedAtMs;
  const { requestId } = known;
  return { serviceId, request, caller, answer, requestId, at: receivedAt.toISOString(), durationMs };
}

function refuseMethod(allowed: string): RequestHandler {
  return function refuse(_request, response) {
    response.set('Allow', `${allowed}, OPTIONS`);
    throw new Fault('method-not-allowed', `Use ${allowed} here`);
  };
}
