/**
 * As of when the CT is sought: only what was there when the order was written can be its preoperative CT. A draft is
 * written now. An order that stands already is signed again when it is changed, perhaps after the thrombectomy, and the
 * newest head CT then shows the brain after it.
 */
import type { MatchedOrder } from './order-matching.ts';

/**
 * @returns the time of the call, or that of the latest order where all of them stand already and say to the second
 *   when they were written; a time ahead of our clock is none.
 */
export function findOrderTime(matched: readonly Pick<MatchedOrder, 'authoredAt'>[], receivedAt: Date): Date {
  const times = matched.map(({ authoredAt }) => authoredAt?.getTime() ?? Number.POSITIVE_INFINITY);
  return new Date(Math.min(receivedAt.getTime(), Math.max(...times)));
}
