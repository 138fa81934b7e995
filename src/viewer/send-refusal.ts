/** A refusal in the reader's language: a page for a browser that opens one, a code and the same words for the rest. */
import type { Request, Response } from 'express';
import type { ChooseTexts, RefusalReason } from './page-texts.ts';
import { renderRefusal } from './render-page.ts';

export type SendRefusal = (
  request: Request,
  response: Response,
  refusal: { readonly reason: RefusalReason; readonly status: number; readonly isPage: boolean },
) => void;

export function createRefusalSender(chooseTexts: ChooseTexts): SendRefusal {
  return (request, response, { reason, status, isPage }) => {
    const texts = chooseTexts(request);
    response.status(status).set({ 'Content-Language': texts.language, Vary: 'Accept-Language' });
    if (isPage && request.accepts(['html', 'json']) === 'html') {
      response.type('html').send(renderRefusal(texts, reason));
    } else response.json({ code: reason, message: texts.refusals[reason] });
  };
}
