/**
 * Work after the answer: it can delay nobody, and what goes wrong in it is an error in the log, not in the call.
 */
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';

export type Aftercare = (what: string, work: () => unknown) => void;

export function createAftercare(logger: Logger): Aftercare {
  return function later(what, work) {
    void runLogged(logger, { what, when: 'after' }, work);
  };
}

/** Never rejects: what goes wrong is an error in the log, by its kind alone, since its words may name a patient. */
export async function runLogged(
  logger: Logger,
  { what, when }: { readonly what: string; readonly when: 'before' | 'after' },
  work: () => unknown,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const errorName = error instanceof Error ? error.name : typeof error;
    const code = error instanceof Fault ? error.code : undefined;
    logger.error({ what, errorName, code }, `work ${when} the answer failed`);
  }
}
