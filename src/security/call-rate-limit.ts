/**
 * How often one caller may call, counted by all replicas together in windows of a fixed length. The order path must
 * not wait for a counter, so each process counts on its own and settles with the database in the background: a
 * caller can exceed the limit by what arrives between two settlements, and is then held until the window ends
 * (docs/adr/0061).
 */
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import type { Database } from '../storage/database.ts';

export interface CallRateLimitOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly windowMs: number;
  readonly callsPerWindow: number;
}

export interface CallRateLimit {
  /** Throws Fault `rate-limited` with `retryAfterMs` when the caller is over the limit of the current window. */
  take(callerKey: string): Promise<void>;
  /** Adds this process's counts to the shared ones and reads them back. Call every second or so; never throws. */
  settle(): Promise<void>;
}

interface Count {
  windowStartMs: number;
  /** All replicas together, as of the last settlement. */
  shared: number;
  /** Counted here and not yet settled. */
  own: number;
}

export function createCallRateLimit(options: CallRateLimitOptions): CallRateLimit {
  const counts = new Map<string, Count>();

  function take(callerKey: string): Promise<void> {
    const nowMs = options.now().getTime();
    const windowStartMs = nowMs - (nowMs % options.windowMs);
    const known = counts.get(callerKey);
    const count = known?.windowStartMs === windowStartMs ? known : { windowStartMs, shared: 0, own: 0 };
    counts.set(callerKey, count);
    if (count.shared + count.own >= options.callsPerWindow) {
      const retryAfterMs = windowStartMs + options.windowMs - nowMs;
      return Promise.reject(new Fault('rate-limited', 'Too many calls', { retryable: true, retryAfterMs }));
    }
    count.own += 1;
    return Promise.resolve();
  }

  async function settle(): Promise<void> {
    const oldestMs = options.now().getTime() - 2 * options.windowMs;
    try {
      for (const [caller, count] of counts) {
        if (count.windowStartMs < oldestMs) counts.delete(caller);
        else await settleOne(options.database, caller, count);
      }
      await options.database.query('DELETE FROM caller_rate WHERE window_start < $1', [
        new Date(oldestMs).toISOString(),
      ]);
    } catch (error) {
      options.logger.warn({ errorName: error instanceof Error ? error.name : 'unknown' }, 'rate counts not settled');
    }
  }

  return { take, settle };
}

async function settleOne(database: Database, caller: string, count: Count): Promise<void> {
  const settled = count.own;
  const { rows } = await database.query<{ calls: number }>(
    `INSERT INTO caller_rate (caller, window_start, calls) VALUES ($1, $2, $3)
     ON CONFLICT (caller, window_start) DO UPDATE SET calls = caller_rate.calls + EXCLUDED.calls
     RETURNING calls`,
    [caller, new Date(count.windowStartMs).toISOString(), settled],
  );
  count.own -= settled;
  count.shared = rows[0]?.calls ?? count.shared + settled;
}
