/**
 * Remembers what was said, so that feedback can be tied to it: after the answer has left, and together with what else
 * was said meanwhile. What a crash loses here costs the tie, not the feedback: that is kept for unknown cards too. A stop
 * loses nothing.
 */
import type { Logger } from 'pino';
import type { FeedbackStore, IssuedCard } from '../assessment/domain/ports.ts';

/** Long enough to gather the cards of a busy moment, short enough for the quickest clinician. */
const GATHER_MS = 100;

export interface CardMemory {
  /** Never throws, never delays an answer; a failure is an error in the log. */
  remember(cards: readonly IssuedCard[]): void;
  /** Writes what is gathered, before the store is closed. */
  settle(): Promise<void>;
}

export function createCardMemory(store: Pick<FeedbackStore, 'rememberCards'>, logger: Logger): CardMemory {
  let waiting: IssuedCard[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

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

  function start(): Promise<void> {
    clearTimeout(timer);
    writing = write();
    return writing;
  }

  return {
    remember(cards) {
      if (cards.length === 0) return;
      waiting.push(...cards);
      timer ??= setTimeout(() => void start(), GATHER_MS);
    },
    settle: () => (timer === undefined ? writing : start()),
  };
}
