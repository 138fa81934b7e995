/**
 * Who runs next on an engine that takes a few batches at a time: an order's batches before those of an arrival, and among
 * equals the run that came first. An arrival under way is paused between two batches, never lost.
 */
import type { AnalysisJob } from '../assessment/domain/ports.ts';

export interface Ticket {
  readonly urgency: AnalysisJob['urgency'];
  /** Runs are numbered as they come. */
  readonly number: number;
}

export type Turnstile = <Result>(ticket: Ticket, work: () => Promise<Result>) => Promise<Result>;

/** @param places how many may be inside at once */
export function createTurnstile(places: number): Turnstile {
  const waiting: (Ticket & { begin(): void })[] = [];
  let inside = 0;

  function letNextIn(): void {
    if (inside >= places || waiting.length === 0) return;
    waiting.sort((a, b) => rank(a) - rank(b) || a.number - b.number);
    inside += 1;
    waiting.shift()?.begin();
  }

  return async (ticket, work) => {
    await new Promise<void>((begin) => {
      waiting.push({ ...ticket, begin });
      letNextIn();
    });
    try {
      return await work();
    } finally {
      inside -= 1;
      // Not before the run that has just ended a batch could ask for its next turn.
      setImmediate(letNextIn);
    }
  };
}

function rank({ urgency }: Ticket): number {
  return urgency === 'order' ? 0 : 1;
}
