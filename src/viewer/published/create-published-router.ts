/**
 * GET /evidence/published: what is published, for anybody. It holds nothing of a patient, so it needs no link and no
 * audit. Mount it before the evidence page, whose addresses are /evidence/{key}.
 */
import express, { type Router } from 'express';
import type { PublishedEvidence } from '../../../evidence/published-evidence.ts';
import type { Language } from '../../../evidence/readable-numbers.ts';
import { setPageHeaders } from '../page-headers.ts';
import { readPublishedTexts } from './page-texts.ts';
import { renderPublishedPage } from './render-page.ts';

export interface PublishedOptions {
  readonly evidence: PublishedEvidence;
  readonly language: Language;
  /** The pool behind the usual rate on card and page (cds-hooks/thrombectomy-risk/base-rates.json). */
  readonly usualPool?: string;
}

/** Rendered once: a text or a pool that is missing stops the start. */
export function createPublishedRouter({ evidence, language, usualPool }: PublishedOptions): Router {
  const page = renderPublishedPage(evidence, readPublishedTexts(language), usualPool);
  const router = express.Router();
  router.get('/evidence/published', setPageHeaders, (_request, response) => {
    response.type('html').send(page);
  });
  return router;
}
