/**
 * The evidence page behind a card's link. Every request carries the link's signature; nothing here opens without
 * it. The first look at a result is written to the audit trail; a trail that cannot be written is an error in the
 * log, and the clinician sees the evidence all the same.
 */
import { fileURLToPath } from 'node:url';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { Fault } from '../errors.ts';
import { admitVisit, type Visit } from './admit-visit.ts';
import { answerResult, answerContext, describeVolume, sendMaps, sendSlice } from './answer-visit.ts';
import { readEvaluationPlots } from './evaluation-plots.ts';
import { toModelCard } from './model-card.ts';
import { setPageHeaders } from './page-headers.ts';
import { readPageTexts, type PageTexts } from './page-texts.ts';
import { renderPage } from './render-page.ts';
import { createViewAudit } from './view-audit.ts';
import type { ViewerOptions } from './viewer-options.ts';

const BROWSER_FILES = fileURLToPath(new URL('browser/', import.meta.url));

/** Mount at the application's root: it serves /evidence/{key} and /evidence-assets. */
export function createViewerRouter(options: ViewerOptions): Router {
  const texts = readPageTexts();
  const router = express.Router();
  router.use(['/evidence', '/evidence-assets'], setPageHeaders);
  router.use('/evidence-assets', express.static(BROWSER_FILES, { index: false, cacheControl: false }));
  const open = createDoor(options, texts);
  const parts = { ...options, views: createViewAudit(options) };
  const modelCards = options.contracts.map(toModelCard);
  const plots = readEvaluationPlots(options.evaluationFolder);
  const page = renderPage({ language: texts.language, notice: options.notice });
  router.get(
    '/evidence/:key',
    open((_visit, _request, response) => void response.type('html').send(page)),
  );
  router.get(
    '/evidence/:key/result',
    open(async (visit, _request, response) => void response.json(await answerResult(parts, texts, visit))),
  );
  router.get(
    '/evidence/:key/context',
    open(async (visit, _request, response) => void response.json(await answerContext(parts, visit))),
  );
  router.get(
    '/evidence/:key/models',
    open((_visit, _request, response) => {
      response.json({ cards: modelCards, plots: plots.map(({ name, label }) => ({ name, label })) });
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

/** Every route behind the same door: no valid link, no answer. */
function createDoor(options: ViewerOptions, texts: PageTexts): (answer: Answer) => RequestHandler {
  return (answer) => async (request, response) => {
    const visit = admitVisit(options, texts, request, response);
    if (visit) await answer(visit, request, response);
  };
}
