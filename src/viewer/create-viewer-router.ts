/**
 * The evidence page behind a card. Every request carries a link's signature or a launch's session; nothing here opens
 * without. The first look at a result is written to the audit trail; a trail that cannot be written is an error in the
 * log, and the clinician sees the evidence all the same.
 */
import { fileURLToPath } from 'node:url';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { Fault } from '../errors.ts';
import { admitVisit, refuseMismatch, type Visit } from './admit-visit.ts';
import {
  answerResult,
  answerContext,
  describeVolume,
  PatientMismatch,
  sendFirstSlice,
  sendMaps,
  sendSlice,
} from './answer-visit.ts';
import { readEvaluationPlots } from './evaluation-plots.ts';
import { toModelCard } from './model-card.ts';
import { setPageHeaders } from './page-headers.ts';
import { renderPage } from './render-page.ts';
import { createRefusalSender } from './send-refusal.ts';
import { createViewAudit } from './view-audit.ts';
import type { ViewerOptions } from './viewer-options.ts';

const BROWSER_FILES = fileURLToPath(new URL('browser/', import.meta.url));

/** Mount at the application's root: it serves /evidence/{key} and /evidence-assets. */
export function createViewerRouter(options: ViewerOptions): Router {
  const textsOf = (visit: Visit, request: Request) => options.chooseTexts(request, visit.grant.locale);
  const router = express.Router();
  router.use(['/evidence', '/evidence-assets'], setPageHeaders);
  router.use('/evidence-assets', express.static(BROWSER_FILES, { index: false, cacheControl: false }));
  const open = createDoor(options);
  const parts = { ...options, views: createViewAudit(options) };
  const plots = readEvaluationPlots(options.evaluationFolder);
  router.get(
    '/evidence/:key',
    open((visit, request, response) => {
      const texts = textsOf(visit, request);
      response.set({ 'Content-Language': texts.language, Vary: 'Accept-Language' });
      response.type('html').send(renderPage(texts));
    }),
  );
  router.get(
    '/evidence/:key/result',
    open(
      async (visit, request, response) => void response.json(await answerResult(parts, textsOf(visit, request), visit)),
    ),
  );
  router.get(
    '/evidence/:key/context',
    open(async (visit, _request, response) => void response.json(await answerContext(parts, visit))),
  );
  router.get(
    '/evidence/:key/models',
    open((visit, request, response) => {
      const texts = textsOf(visit, request);
      const cards = options.contracts.map((contract) => toModelCard(contract, texts));
      response.json({ cards, plots: plots.map(({ name }) => name) });
    }),
  );
  router.get(
    '/evidence/:key/plots/:name',
    open((_visit, request, response) => {
      const plot = plots.find(({ name }) => name === request.params['name']);
      if (!plot) throw new Fault('not-found', 'There is no such plot');
      response.type('png').send(plot.png);
    }),
  );
  router.get(
    '/evidence/:key/volume',
    open((visit, _request, response) => describeVolume(parts, visit, response)),
  );
  router.get(
    '/evidence/:key/slices/first',
    open((visit, _request, response) => sendFirstSlice(parts, visit, response)),
  );
  router.get(
    '/evidence/:key/slices/:index',
    open((visit, request, response) => sendSlice(parts, visit, request, response)),
  );
  router.get(
    '/evidence/:key/maps/:target',
    open((visit, request, response) => sendMaps(parts, visit, request, response)),
  );
  return router;
}

type Answer = (visit: Visit, request: Request, response: Response) => Promise<void> | void;

/** Every route behind the same door: no valid link or session, no answer; nobody else's evidence, ever. */
function createDoor(options: ViewerOptions): (answer: Answer) => RequestHandler {
  const sendRefusal = createRefusalSender(options.chooseTexts);
  return (answer) => async (request, response) => {
    const visit = await admitVisit(options, sendRefusal, request, response);
    if (!visit) return;
    try {
      await answer(visit, request, response);
    } catch (error) {
      if (!(error instanceof PatientMismatch) || response.headersSent) throw error;
      refuseMismatch(options, sendRefusal, visit, request, response);
    }
  };
}
