/**
 * The service as callers meet it: the real router, verifier, replay store and headers on a loopback server, with a
 * desk that answers what a test told it to. Keys are made anew for every harness; nothing leaves the machine.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { pino, type Logger } from 'pino';
import { createOrderMatcher } from '../../cds-hooks/thrombectomy-risk/order-matching.ts';
import { loadServiceData } from '../../cds-hooks/thrombectomy-risk/service-data.ts';
import type { Language } from '../../src/assessment/domain/language.ts';
import {
  createThrombectomyRiskService,
  type ThrombectomyRiskSettings,
} from '../../cds-hooks/thrombectomy-risk/service.ts';
import type { OrderAnswer, OrderQuestion } from '../../src/assessment/domain/order-answer.ts';
import type { CardFeedback, FeedbackStore, IssuedCard } from '../../src/assessment/domain/ports.ts';
import { TARGETS } from '../../src/assessment/domain/target.ts';
import { createCardMemory } from '../../src/cds/card-memory.ts';
import { createCdsRouter, type AnsweredCall, type CdsRouterOptions } from '../../src/cds/cds-router.ts';
import type { RefusedCall } from '../../src/cds/refusal.ts';
import { createCallRateLimit } from '../../src/security/call-rate-limit.ts';
import { createCallerVerifier } from '../../src/security/caller-verifier.ts';
import { createLinkSigner } from '../../src/security/link-signer.ts';
import { createReplayStore } from '../../src/security/replay-store.ts';
import { createSecurityHeaders } from '../../src/security/security-headers.ts';
import { SECURITY_MIGRATIONS } from '../../src/security/security-migrations.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { THROMBECTOMY_ORDERS } from './order-requests.ts';

export const PUBLIC_URL = 'https://cds.example.org';
export const ISSUER = 'https://ehr.example.org';
export const FHIR_SERVER = 'https://ehr.example.org/fhir/r4';
export const CALL_URL = `${PUBLIC_URL}/cds-services/thrombectomy-risk`;
export const NOW = new Date('2026-11-23T12:00:00Z');

export type ScriptedAnswer =
  OrderAnswer | Error | ((question: OrderQuestion, signal: AbortSignal) => Promise<OrderAnswer>);

export interface Harness {
  readonly port: number;
  readonly baseUrl: string;
  readonly lines: string[];
  readonly questions: OrderQuestion[];
  readonly issued: IssuedCard[];
  readonly feedback: CardFeedback[];
  readonly answered: AnsweredCall[];
  readonly refused: RefusedCall[];
  readonly keys: CallerKeys;
  answerWith(answer: ScriptedAnswer): void;
  /** A good token for one endpoint, changed as told; a claim set to undefined is left out. */
  sign(change?: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** A call with a good token and the given body. */
  call(body: unknown, init?: { readonly path?: string; readonly headers?: Record<string, string> }): Promise<Response>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly settings?: Partial<ThrombectomyRiskSettings>;
  readonly router?: Partial<Omit<CdsRouterOptions, 'feedbackStore'>> & { readonly feedbackStore?: FeedbackStore };
  readonly language?: Language;
  readonly callsPerWindow?: number;
  readonly tenants?: string[];
  readonly matchText?: boolean;
  readonly fhirServers?: readonly string[];
}

export interface CallerKeys {
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly publicJwk: Record<string, unknown>;
}

/** Opened once for a test file: PGlite takes a second or two. */
export async function openTestDatabase(): Promise<OpenedDatabase> {
  return openDatabase({ inMemory: true, logger: pino({ enabled: false }), migrations: SECURITY_MIGRATIONS });
}

export async function startHarness(database: OpenedDatabase, options: HarnessOptions = {}): Promise<Harness> {
  const keys = await makeCallerKeys('ES384', 'ehr-1');
  const record = { lines: [], questions: [], issued: [], feedback: [], answered: [], refused: [] } as Pick<
    Harness,
    'lines' | 'questions' | 'issued' | 'feedback' | 'answered' | 'refused'
  >;
  const logger = pino({ level: 'debug' }, { write: (line: string) => record.lines.push(line) });
  let answer: ScriptedAnswer = new Error('no answer scripted');
  const desk = async (question: OrderQuestion, signal: AbortSignal): Promise<OrderAnswer> => {
    record.questions.push(question);
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(question, signal) : answer;
  };
  const app = express();
  app.disable('x-powered-by');
  app.use(createSecurityHeaders({ publicUrl: PUBLIC_URL }));
  app.use(buildRouter(database, keys.publicJwk, options, logger, record, desk));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${String(port)}`;
  const sign: Harness['sign'] = (change, header) => signToken(keys, change, header);
  return {
    ...record,
    port,
    baseUrl,
    keys,
    answerWith: (next) => void (answer = next),
    sign,
    async call(body, init = {}) {
      const path = init.path ?? '/cds-services/thrombectomy-risk';
      const authorization = `Bearer ${await sign({ aud: PUBLIC_URL + path })}`;
      return fetch(baseUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization, ...init.headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    },
    close: () => closeServer(server),
  };
}

/** The router as the service puts it together, with a desk of the caller's choice. */
export function buildRouter(
  database: OpenedDatabase,
  publicJwk: CallerKeys['publicJwk'],
  options: HarnessOptions,
  logger: Logger,
  record: Pick<Harness, 'issued' | 'feedback' | 'answered' | 'refused'>,
  answer: (question: OrderQuestion, signal: AbortSignal) => Promise<OrderAnswer>,
): express.Router {
  const now = () => NOW;
  const data = loadServiceData(options.language ?? 'en');
  const matcher = createOrderMatcher({
    valueSets: [THROMBECTOMY_ORDERS],
    mapping: data.orderMapping,
    matchText: options.matchText ?? false,
  });
  const links = createLinkSigner({ publicUrl: PUBLIC_URL, secrets: ['s'.repeat(32)], lifetimeMs: 900_000, now });
  const service = createThrombectomyRiskService({
    desk: { answer: (question, { signal }) => answer(question, signal) },
    data,
    matcher,
    settings: {
      ownFhirServer: FHIR_SERVER,
      minimumEvidence: 'in-silico',
      loadedEvidence: TARGETS.map((target) => ({ target, evidenceLevel: 'in-silico' as const })),
      maximumCtAgeHours: 24,
      ...options.settings,
    },
    linkEvidence: (grant) => ({ type: 'absolute', url: links.sign(grant) }),
    sourceUrl: `${PUBLIC_URL}/model-card`,
    topicSystem: 'https://thrombectomy-cds.org/fhir/CodeSystem/card-topics',
    newUuid: randomUUID,
  });
  const issuer = {
    issuer: ISSUER,
    jwks: { keys: [publicJwk] },
    jku: `${ISSUER}/jwks.json`,
    fhirServers: options.fhirServers ?? [FHIR_SERVER],
    ...(options.tenants === undefined ? {} : { tenants: options.tenants }),
  };
  const verifier = createCallerVerifier({
    issuers: [issuer],
    replay: createReplayStore(database, { logger, now }),
    logger,
    now,
  });
  const rateLimit = createCallRateLimit({
    database,
    logger,
    now,
    windowMs: 60_000,
    callsPerWindow: options.callsPerWindow ?? 10_000,
  });
  const feedbackStore: FeedbackStore = options.router?.feedbackStore ?? {
    rememberCards: (cards) => Promise.resolve(void record.issued.push(...cards)),
    record: (feedback) => Promise.resolve(void record.feedback.push(...feedback)),
    findByAssessment: () => Promise.resolve([]),
  };
  return createCdsRouter({
    services: [service],
    publicUrl: PUBLIC_URL,
    verifier,
    rateLimit,
    feedbackStore,
    cardMemory: createCardMemory(feedbackStore, logger),
    logger,
    now,
    corsOrigins: ['https://browser-ehr.example.org'],
    onAnswered: (call) => void record.answered.push(call),
    onRefused: (refused) => void record.refused.push(refused),
    ...options.router,
  });
}

export async function makeCallerKeys(algorithm: string, kid: string): Promise<CallerKeys> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
  return { privateKey, publicJwk };
}

export async function signToken(
  keys: CallerKeys,
  change: JWTPayload = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const issuedAt = Math.floor(NOW.getTime() / 1000);
  const claims: JWTPayload = {
    iss: ISSUER,
    aud: CALL_URL,
    iat: issuedAt,
    exp: issuedAt + 300,
    jti: randomUUID(),
    ...change,
  };
  const given = dropUndefined(claims);
  const { alg, kid } = keys.publicJwk as { alg: string; kid: string };
  const full = dropUndefined({ alg, kid, typ: 'JWT', ...header });
  return new SignJWT(given).setProtectedHeader(full as { alg: string }).sign(keys.privateKey);
}

/** Waits for work that goes on after an answer; gives up, and lets the test say so, after two seconds. */
export async function until(isDone: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isDone() && waitedMs < 2000; waitedMs += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A claim or header set to undefined is one that is left out. */
function dropUndefined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
