/**
 * Work before the answer: an answer that left and of which nothing is known afterwards cannot be audited. It may take
 * what the budget's grace allows; an answer is never held back for longer, nor for a failure.
 */
import type { Logger } from 'pino';
import { runLogged } from './aftercare.ts';

export type BeforeAnswer = (what: string, work: () => unknown) => Promise<void>;

/** The work goes on when its time is over; it never rejects. */
export function createBeforeAnswer(logger: Logger, limitMs: number): BeforeAnswer {
  return async function first(what, work) {
    const done = runLogged(logger, { what, when: 'before' }, work);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        logger.warn({ what, limitMs }, 'the answer did not wait for its record any longer');
        resolve();
      }, limitMs);
    });
    await Promise.race([done, late]);
    clearTimeout(timer);
  };
}
