/**
 * The time one call may take (CDS Hooks 2.0: on the order of 500 ms). The signal aborts at the budget, so that
 * every layer can stop and say what it has; a layer that ignores it is left behind after a short grace.
 */
import { Fault } from '../errors.ts';

export interface Budget {
  readonly budgetMs: number;
  /** How much longer a well-behaved service may need to word its answer once the signal has aborted. */
  readonly graceMs: number;
}

/**
 * Runs the work under the controller's signal and aborts it at the budget; others may abort it earlier.
 * Throws Fault `deadline-exceeded` when the work has not ended `graceMs` after the budget.
 */
export async function runWithinBudget<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  budget: Budget,
  controller: AbortController,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort(new DOMException('The time allowed for this call ran out', 'TimeoutError'));
      timer = setTimeout(() => {
        reject(new Fault('deadline-exceeded', 'The service ignored its time budget', { retryable: true }));
      }, budget.graceMs);
    }, budget.budgetMs);
  });
  try {
    return await Promise.race([work(controller.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
