/**
 * One service call: within its time, under a signal that also ends when the caller hangs up, and with an answer that
 * is held to the specification before anybody sees it.
 */
import type { Response } from 'express';
import { Fault } from '../errors.ts';
import { runWithinBudget, type Budget } from './budget.ts';
import type { CdsCaller, CdsRequest, CdsService, CdsServiceAnswer } from './cds-service.ts';
import { readExchange } from './correlation.ts';
import { requireValidResponse, type CdsResponse } from './response-schema.ts';

/** Throws what the service throws, Fault `deadline-exceeded`, or Fault `answer-invalid`. */
export async function runService(
  service: CdsService,
  message: CdsRequest,
  caller: CdsCaller,
  response: Response,
  budget: Budget,
): Promise<CdsServiceAnswer> {
  const controller = new AbortController();
  const onClose = (): void => controller.abort(new Fault('deadline-exceeded', 'The caller hung up'));
  response.once('close', onClose);
  const { receivedAt, startedAtMs } = readExchange(response);
  try {
    const answer = await runWithinBudget(
      (signal) => service.handle(message, { signal, caller, receivedAt }),
      leaveOf(budget, performance.now() - startedAtMs),
      controller,
    );
    requireValidResponse(toResponse(answer));
    return answer;
  } finally {
    response.off('close', onClose);
  }
}

/**
 * What is left for the service: the caller's clock runs since the call came in, while the caller was verified and the
 * body read. A quarter is always left, or a slow upload could never be answered.
 */
export function leaveOf({ budgetMs, graceMs }: Budget, spentMs: number): Budget {
  return { budgetMs: Math.max(budgetMs / 4, budgetMs - spentMs), graceMs };
}

/** What of the answer is sent. */
export function toResponse(answer: CdsServiceAnswer): CdsResponse {
  const { cards, systemActions } = answer;
  return { cards: [...cards], ...(systemActions === undefined ? {} : { systemActions: [...systemActions] }) };
}
