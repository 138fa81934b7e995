/**
 * The process under load. `service`: the real router, verifier, jti store and card store on PGlite, the real policy
 * and cards; the desk answers from memory, so that no FHIR server is measured. `floor`: a bare express app that
 * verifies the same token and returns a constant card. Both log to nowhere, as fast as a log can be.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { pino } from 'pino';
import { createSecurityHeaders } from '../../src/security/security-headers.ts';
import { createFeedbackStore } from '../../src/storage/feedback-store.ts';
import { buildRouter, CALL_URL, ISSUER, NOW, openTestDatabase, PUBLIC_URL } from '../../test/contract/cds-harness.ts';
import { assessed } from '../../test/contract/order-requests.ts';

export interface StartMessage {
  readonly kind: 'service' | 'floor';
  readonly publicJwk: Record<string, unknown>;
}

const CONSTANT_CARD = { summary: 'A constant card.', indicator: 'info', source: { label: 'Floor' } };

process.once('message', (message: StartMessage) => {
  void start(message);
});

async function start({ kind, publicJwk }: StartMessage): Promise<void> {
  const app = kind === 'service' ? await createService(publicJwk) : createFloor(publicJwk);
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
    () => Promise.resolve(answer),
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
