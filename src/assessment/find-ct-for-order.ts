/**
 * Finds the CT of an order. The order's budget ends the waiting, not the looking: a chart that is slow, or a service
 * that has just started, must not cost the order its analysis. A caller's token ends with its call, so there the
 * looking ends too; such a CT is found by the next order or the sweep.
 */
import { Fault } from '../errors.ts';
import type { CtStudy } from './domain/ct-study.ts';
import type { Chart, CtSearch, CtSearchResult } from './domain/ports.ts';

/** How long a CT is still looked for when the order that asked for it was answered without it. */
const LATE_LOOK_MS = 10_000;

export interface FindCtOptions {
  readonly chart: Pick<Chart, 'findPreoperativeCt'>;
  /** The order's budget. */
  readonly signal: AbortSignal;
  readonly onFoundLate: (study: CtStudy) => Promise<void>;
}

/** Throws Fault `deadline-exceeded` at the end of the budget, or what the chart throws. */
export async function findCtForOrder(search: CtSearch, options: FindCtOptions): Promise<CtSearchResult> {
  const { chart, signal } = options;
  if (search.callerAccess) return chart.findPreoperativeCt(search, { signal });
  const looking = chart.findPreoperativeCt(search, { signal: AbortSignal.timeout(LATE_LOOK_MS) });
  try {
    return await untilAborted(looking, signal);
  } catch (error) {
    if (signal.aborted) void tellWhenFound(looking, options);
    throw error;
  }
}

/** Nobody waits for it any more: what goes wrong here, the next order or the sweep mends. */
async function tellWhenFound(looking: Promise<CtSearchResult>, { onFoundLate }: FindCtOptions): Promise<void> {
  try {
    const found = await looking;
    if (found.kind === 'found') await onFoundLate(found.study);
  } catch {
    return;
  }
}

/** The work's end, or the fault as soon as the signal aborts; the work itself goes on. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    const cause: unknown = signal.reason;
    reject(new Fault('deadline-exceeded', 'The chart did not answer within the time of the order', { cause }));
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
