/**
 * Which failures are tried again, how often and when. A code that is not in the table fails for good and keeps
 * its code (a study that cannot be decoded does not get better); a Fault that says `retryable` gets the default row.
 * Pauses double from `firstPauseS` to `longestPauseS`; half of each is random, so that replicas do not come in step.
 */
import type { ErrorCode, Fault } from '../errors.ts';

export interface RetryRow {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly firstPauseS: number;
  readonly longestPauseS: number;
  /** Only faults that say `retryable`: the code alone does not tell whether waiting helps. */
  readonly onlyIfRetryable?: true;
}

export type RetryTable = Partial<Readonly<Record<ErrorCode, RetryRow>>>;

/** Outages: go on for about a day (300 pauses of at most 5 min); then the CT is too old to answer an order. */
const OUTAGE: RetryRow = { attempts: 300, firstPauseS: 2, longestPauseS: 300 };
/** Might have been bad luck: a few more tries. */
const HICCUP: RetryRow = { attempts: 4, firstPauseS: 2, longestPauseS: 30 };

/** Not whole, moving or not there yet: at least an hour (ADR 0006), then it is judged as it is (arrival.ts) or given up. */
const ARRIVING: RetryRow = { attempts: 130, firstPauseS: 5, longestPauseS: 60 };

export const ANALYSIS_RETRIES: RetryTable = {
  'study-arriving': ARRIVING,
  'pacs-unavailable': OUTAGE,
  // An expired password, a proxy, an address that is not listed yet: somebody mends it, and the night's CTs must not be lost.
  'pacs-refused': OUTAGE,
  'pacs-not-allowed': OUTAGE,
  'fhir-unavailable': OUTAGE,
  'inference-unavailable': OUTAGE,
  'storage-unavailable': OUTAGE,
  'queue-unavailable': OUTAGE,
  'rate-limited': OUTAGE,
  // Our token is refused: somebody mends the registration or the scopes, and the studies of that time must not be lost.
  'fhir-refused': { ...OUTAGE, onlyIfRetryable: true },
  'deadline-exceeded': HICCUP,
  'pacs-answer-malformed': HICCUP,
  'codec-failed': HICCUP,
  'inference-failed': HICCUP,
  internal: HICCUP,
};

/** What we owe the chart or the audit: until it is delivered, for as long as the queue keeps it. */
const OWED: RetryRow = { attempts: 100_000, firstPauseS: 2, longestPauseS: 900 };

export const DELIVERY_RETRIES: RetryTable = {
  'fhir-unavailable': OWED,
  'storage-unavailable': OWED,
  'queue-unavailable': OWED,
  'rate-limited': OWED,
  'fhir-refused': { ...OWED, onlyIfRetryable: true },
  'deadline-exceeded': OWED,
  internal: OWED,
};

/**
 * Results for the archive: a refused sign-in ends when somebody mends the settings, and an archive that is down or full
 * comes back. What it refuses for itself (`pacs-store-refused`) waits for an operator.
 */
export const EXPORT_RETRIES: RetryTable = {
  ...DELIVERY_RETRIES,
  'pacs-unavailable': OWED,
  'pacs-refused': OWED,
  'study-arriving': ARRIVING,
  'pacs-answer-malformed': HICCUP,
  'codec-failed': HICCUP,
};

/**
 * @param attempt number of the attempt that failed, from 1
 * @param random uniform in [0, 1)
 * @returns whole seconds to pause, or undefined: do not try again
 */
export function planRetry(table: RetryTable, fault: Fault, attempt: number, random: () => number): number | undefined {
  const row = table[fault.code] ?? (fault.retryable ? HICCUP : undefined);
  if (row === undefined || attempt >= row.attempts || (row.onlyIfRetryable && !fault.retryable)) return undefined;
  const full = Math.min(row.longestPauseS, row.firstPauseS * 2 ** Math.min(attempt - 1, 30));
  const pauseS = full / 2 + (full / 2) * random();
  const askedForS = (fault.retryAfterMs ?? 0) / 1000;
  return Math.ceil(Math.max(pauseS, askedForS + (full / 2) * random() * Number(askedForS > 0)));
}
