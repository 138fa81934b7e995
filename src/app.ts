/**
 * The express application on one screen: what is served, in which order, and what happens to errors.
 * It owns no state; everything comes from the composition root (start-service.ts).
 */
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { toFault } from './errors.ts';
import { excludeChecks, type Readiness } from './observability/health.ts';
import type { Metrics } from './observability/metrics.ts';

export interface AppParts {
  /** Headers of every response, CDS routes included (security/). */
  readonly headers: RequestHandler;
  /** Discovery, hooks, feedback (cds/). */
  readonly cds: Router;
  /** What a card's source points to: model cards and icon. */
  readonly cardSource: Router;
  /** The evidence page (viewer/). */
  readonly viewer: Router;
  /** The evidence page as a SMART app (smart-launch/); absent where no EHR may launch it. */
  readonly launch?: Router;
  /** The site's monitoring page (monitoring/). */
  readonly monitoring: Router;
  /** Public keys of our own client assertions; absent where we have none. */
  readonly publicKeys?: unknown;
  readonly readReadiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(parts.headers);
  app.get('/livez', (_request, response) => void response.json({ status: 'up' }));
  app.get('/readyz', async (request, response) => {
    const excluded = new URLSearchParams(request.url.split('?')[1]).getAll('exclude');
    const readiness = excludeChecks(await parts.readReadiness(), excluded);
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
  });
  app.get('/.well-known/jwks.json', (_request, response) => {
    response.json(parts.publicKeys ?? { keys: [] });
  });
  app.use(parts.cds);
  app.use(parts.cardSource);
  app.use(parts.viewer);
  if (parts.launch) app.use(parts.launch);
  app.use(parts.monitoring);
  app.use((_request, response) => {
    response.status(404).json({ code: 'not-found', message: 'There is nothing at this address' });
  });
  app.use(createErrorHandler(parts.logger));
  return app;
}

/** Faults of pages and probes (the CDS routes answer their own): code and status, never detail. */
function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const fault = toFault(error);
    logger.error({ err: fault }, 'request failed');
    if (response.headersSent) next(error);
    else response.status(fault.status).json({ code: fault.code, message: 'The request could not be answered' });
  };
}
