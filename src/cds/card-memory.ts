/**
 * Remembers what was said, so that feedback can be tied to it: after the answer has left, and together with what else
 * was said meanwhile. What a crash loses here costs the tie, not the feedback: that is kept for unknown cards too.
 */
import type { Logger } from 'pino';
import type { FeedbackStore, IssuedCard } from '../assessment/domain/ports.ts';

/** Long enough to gather the cards of a busy moment, short enough for the quickest clinician. */
const GATHER_MS = 100;

/** Never throws, never delays an answer; a failure is an error in the log. */
export function createCardMemory(
  store: Pick<FeedbackStore, 'rememberCards'>,
  logger: Logger,
): (cards: readonly IssuedCard[]) => void {
  let waiting: IssuedCard[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    timer = undefined;
    const batch = waiting;
    waiting = [];
    try {
      await store.rememberCards(batch);
    } catch (error) {
      logger.error(
        { errorName: error instanceof Error ? error.name : 'unknown', cards: batch.length },
        'cards not kept',
      );
    }
  }

  return function remember(cards) {
    if (cards.length === 0) return;
    waiting.push(...cards);
    timer ??= setTimeout(() => void write(), GATHER_MS);
  };
}
