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
  try {
    const answer = await runWithinBudget(
      (signal) => service.handle(message, { signal, caller, receivedAt: readExchange(response).receivedAt }),
      budget,
      controller,
    );
    requireValidResponse(toResponse(answer));
    return answer;
  } finally {
    response.off('close', onClose);
  }
}

/** What of the answer is sent. */
export function toResponse(answer: CdsServiceAnswer): CdsResponse {
  const { cards, systemActions } = answer;
  return { cards: [...cards], ...(systemActions === undefined ? {} : { systemActions: [...systemActions] }) };
}
