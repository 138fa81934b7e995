/**
 * Which errors of the two engines mean "the database cannot be used now" (Fault `storage-unavailable`,
 * retryable) and which mean that the statement itself is wrong (passed on as they are, with their SQLSTATE).
 * SQLSTATE classes: PostgreSQL documentation, appendix A.
 */
import { Fault, isFault } from '../errors.ts';

/** 08 connection, 53 resources (disk full, too many connections), 57P operator intervention, 58 system error. */
const UNAVAILABLE_SQLSTATE = /^(08|53|58|57P0[1-5])/;
const UNAVAILABLE_ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'ENOSPC',
  'EIO',
]);
/** node-postgres and PGlite say these without a code. */
const UNAVAILABLE_TEXT =
  /connection terminated|timeout exceeded when trying to connect|cannot use a pool after|client has encountered a connection error|query read timeout|PGlite is clos/i;

/** The error as callers should see it: a Fault where the database is unusable, else the value itself. */
export function toDatabaseFault(error: unknown): unknown {
  if (isFault(error) || !isDatabaseUnavailable(error)) return error;
  const code = codeOf(error);
  return new Fault('storage-unavailable', `The database cannot be used now${code && ` (${code})`}`, {
    cause: error,
    retryable: true,
  });
}

function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseUnavailable)) return true;
  const code = codeOf(error);
  return UNAVAILABLE_ERRNO.has(code) || UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_TEXT.test(error.message);
}

/** SQLSTATE or errno, empty where there is none. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What a log may hold of it: node-postgres hangs its connection, with host and keys, on the errors it emits. */
export function describeDatabaseError(error: unknown): { readonly code: string; readonly reason: string } {
  return { code: codeOf(error), reason: error instanceof Error ? error.message : String(error) };
}

/** Runs the work and turns its rejection into what toDatabaseFault says. */
export async function withDatabaseFault<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toDatabaseFault(error);
  }
}
