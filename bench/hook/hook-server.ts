/**
 * The process under load. `service`: the real router, verifier, jti store and card store on PGlite, the real policy
 * and cards; the desk answers from memory, so that no FHIR server is measured. `floor`: a bare express app that
 * verifies the same token and returns a constant card. Both log to nowhere, as fast as a log can be. `traced` is the
 * service with a collector to send its spans to: three an order, as many as one that is answered from the chart.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { pino } from 'pino';
import { startTracing } from '../../src/observability/start-tracing.ts';
import { createSecurityHeaders } from '../../src/security/security-headers.ts';
import { createFeedbackStore } from '../../src/storage/feedback-store.ts';
import { traceStep } from '../../src/tracing.ts';
import { buildRouter, CALL_URL, ISSUER, NOW, openTestDatabase, PUBLIC_URL } from '../../test/contract/cds-harness.ts';
import { assessed } from '../../test/contract/order-requests.ts';

export interface StartMessage {
  readonly kind: 'service' | 'traced' | 'floor';
  /** Where `traced` sends its spans. */
  readonly collector: string;
  readonly publicJwk: Record<string, unknown>;
}

const CONSTANT_CARD = { summary: 'A constant card.', indicator: 'info', source: { label: 'Floor' } };

process.once('message', (message: StartMessage) => {
  void start(message);
});

async function start({ kind, publicJwk, collector }: StartMessage): Promise<void> {
  const endpoint = kind === 'traced' ? collector : undefined;
  await startTracing({ endpoint, version: 'bench', logger: pino({ enabled: false }) });
  const app = kind === 'floor' ? createFloor(publicJwk) : await createService(publicJwk);
  const server = createServer(app).listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
  process.on('message', (asked) => {
    if (asked === 'cpu') process.send?.({ cpu: process.cpuUsage(), rssBytes: process.memoryUsage().rss });
    else process.exit(0);
  });
}

async function createService(publicJwk: Record<string, unknown>): Promise<express.Express> {
  const database = await openTestDatabase();
  const logger = pino({ level: 'info' }, pino.destination({ dest: '/dev/null', sync: false }));
  const answer = assessed(0.1, 0.62, 0.3);
  const router = buildRouter(
    database,
    publicJwk,
    {
      callsPerWindow: 1_000_000_000,
      router: { feedbackStore: createFeedbackStore(database), onAnswered: () => undefined },
    },
    logger,
    { issued: [], feedback: [], answered: [], refused: [] },
    () => traceStep('chart.find-ct', {}, () => traceStep('chart.find-assessment', {}, () => Promise.resolve(answer))),
  );
  const app = express();
  app.disable('x-powered-by');
  app.use(createSecurityHeaders({ publicUrl: PUBLIC_URL }));
  app.use(router);
  return app;
}

function createFloor(publicJwk: Record<string, unknown>): express.Express {
  const keys = createLocalJWKSet({ keys: [publicJwk] });
  const app = express();
  app.post('/cds-services/thrombectomy-risk', express.json({ limit: '2mb' }), async (request, response) => {
    const token = (request.get('authorization') ?? '').slice('Bearer '.length);
    await jwtVerify(token, keys, { issuer: ISSUER, audience: CALL_URL, algorithms: ['ES384'], currentDate: NOW });
    response.json({ cards: [CONSTANT_CARD] });
  });
  return app;
}
