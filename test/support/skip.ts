/**
 * A test whose optional part is missing says so: `skip(this, 'no shared data beside the checkout')`.
 * The reporter prints the reason; a skip without one cannot be written through here.
 */
import type { Context, Suite, Test } from 'mocha';

const SKIP_REASONS = new WeakMap<object, string>();

/** Ends the current test or hook as skipped, with its reason. */
export function skip(context: Context, reason: string): never {
  const runnable = context.currentTest ?? context.test;
  if (runnable) SKIP_REASONS.set(runnable, reason);
  if (runnable?.parent) SKIP_REASONS.set(runnable.parent, reason);
  context.skip();
}

/** Of the test itself, or of the nearest block around it whose `before` skipped. */
export function findSkipReason(test: Test): string | undefined {
  for (let part: Test | Suite | undefined = test; part; part = part.parent) {
    const reason = SKIP_REASONS.get(part);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
