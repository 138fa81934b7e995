/**
 * GET /evidence/published: what is published, for anybody. It holds nothing of a patient, so it needs no link and no
 * audit. Mount it before the evidence page, whose addresses are /evidence/{key}.
 */
import express, { type Router } from 'express';
import type { PublishedEvidence } from '../../../evidence/published-evidence.ts';
import { LANGUAGES, type Language } from '../../assessment/domain/language.ts';
import { setPageHeaders } from '../page-headers.ts';
import type { ChooseTexts } from '../page-texts.ts';
import { readPublishedTexts } from './page-texts.ts';
import { renderPublishedPage } from './render-page.ts';

export interface PublishedOptions {
  readonly evidence: PublishedEvidence;
  /** Says the reader's language, as on the evidence page. */
  readonly chooseTexts: ChooseTexts;
  /** The pool behind the usual rate on card and page (cds-hooks/thrombectomy-risk/base-rates.json). */
  readonly usualPool?: string;
}

/** Rendered once in each language: a text or a pool that is missing stops the start. */
export function createPublishedRouter({ evidence, chooseTexts, usualPool }: PublishedOptions): Router {
  const render = (language: Language) => renderPublishedPage(evidence, readPublishedTexts(language), usualPool);
  const pages = new Map(LANGUAGES.map((language) => [language, render(language)]));
  const router = express.Router();
  router.get('/evidence/published', setPageHeaders, (request, response) => {
    const { language } = chooseTexts(request);
    response.set({ 'Content-Language': language, Vary: 'Accept-Language' });
    response.type('html').send(pages.get(language));
  });
  return router;
}
