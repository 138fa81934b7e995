/**
 * Whoever computes for seconds stands back for whoever answers an order in half a second: a lower priority costs an
 * analysis nothing while nobody else wants the cores (ADR 0113).
 */
import { constants, platform, setPriority } from 'node:os';

/** Lowers the calling process, or on Linux the calling thread alone. Where it may not, everything stays as it is. */
export function yieldToOrders(who: 'process' | 'thread'): void {
  // Elsewhere a thread cannot be told apart from its process.
  if (who === 'thread' && platform() !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox without the right to do so: slower orders under load, nothing else.
  }
}
