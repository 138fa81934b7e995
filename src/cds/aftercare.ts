/**
 * Work after the answer: it can delay nobody, and what goes wrong in it is an error in the log, not in the call.
 */
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';

export type Aftercare = (what: string, work: () => unknown) => void;

export function createAftercare(logger: Logger): Aftercare {
  return function later(what, work) {
    Promise.resolve()
      .then(work)
      .catch((error: unknown) => {
        const name = error instanceof Error ? error.name : typeof error;
        const code = error instanceof Fault ? error.code : undefined;
        logger.error({ what, errorName: name, code }, 'work after the answer failed');
      });
  };
}
