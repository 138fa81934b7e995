/**
 * The sandbox EHR as an express app: its page, its interface and its public key. Faults leave as a code and a
 * sentence; the page shows both.
 */
import { fileURLToPath } from 'node:url';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { toFault } from '../../errors.ts';
import type { SmartServer } from '../smart/create-smart-server.ts';
import type { EhrIdentity } from './call-authorizer.ts';
import { createEhrRouter, type EhrRouterOptions } from './ehr-router.ts';
import { guardHost, guardWrites } from './guard-origin.ts';

const BROWSER_FILES = fileURLToPath(new URL('../browser/', import.meta.url));
/** Look and small tools that both pages share. */
const SHARED_FILES = fileURLToPath(new URL('../../viewer/browser/', import.meta.url));

export interface EhrAppOptions extends EhrRouterOptions {
  readonly identity: EhrIdentity;
  readonly smart: SmartServer;
  /** A fresh link to the service's monitoring page. Throws Fault `not-found` while nobody can make one. */
  readonly requireMonitoringUrl: () => string;
  readonly logger: Logger;
}

export function createEhrApp(options: EhrAppOptions): Express {
  const app = express().disable('x-powered-by');
  app.use(guardHost);
  // Apps ask here from their own servers, with forms and without cookies.
  app.use(options.smart.router);
  app.use(guardWrites);
  app.use(
    helmet({
      strictTransportSecurity: false,
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
    }),
  );
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.get('/.well-known/jwks.json', (_request, response) => response.json(options.identity.jwks));
  app.use('/api', createEhrRouter(options));
  app.get('/monitoring', (_request, response) => response.redirect(303, options.requireMonitoringUrl()));
  app.use('/shared', express.static(SHARED_FILES, { cacheControl: false, index: false }));
  app.use(express.static(BROWSER_FILES, { cacheControl: false, index: 'index.html' }));
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const fault = toFault(error);
    if (fault.status === 500)
      options.logger.error({ code: fault.code, err: fault.cause }, 'sandbox EHR: request failed');
    response.status(fault.status).json({ code: fault.code, message: fault.message });
  });
  return app;
}
