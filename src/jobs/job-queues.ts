/**
 * The queues and what each promises. Numbers that decide how fast a crash is noticed and how long work is kept
 * stand here; how often a failure is tried again is retry-policy.ts.
 */
import type { Queue } from 'pg-boss';

export const ANALYSIS_QUEUE = 'analysis';
export const CHART_WRITE_QUEUE = 'chart-write';
export const AUDIT_QUEUE = 'audit-event';
export const RESULT_QUEUE = 'result-export';

/** Jobs of an order overtake those of arrivals; pg-boss fetches by priority, then age. */
export const PRIORITY = { order: 10, arrival: 0 } as const;

/**
 * Attempts that end without a word (kill -9, out of memory) before a job is given up: a study that kills the
 * process each time must not do so for ever. Failures with a code are counted by the retry policy instead.
 */
export const SILENT_DEATHS_ALLOWED = 5;

const DAY_S = 86_400;

/** `exclusive` + singleton key: one job per key that waits or runs, whoever asks. */
export const QUEUES: readonly Queue[] = [
  {
    name: ANALYSIS_QUEUE,
    policy: 'exclusive',
    notify: true,
    // The shortest pg-boss allows: a dead worker's study is taken up again after 10 s plus the next supervision.
    heartbeatSeconds: 10,
    expireInSeconds: 900,
    retryLimit: SILENT_DEATHS_ALLOWED,
    retryDelay: 1,
    retentionSeconds: 3 * DAY_S,
    deleteAfterSeconds: 7 * DAY_S,
  },
  ...[CHART_WRITE_QUEUE, AUDIT_QUEUE, RESULT_QUEUE].map((name) => ({
    name,
    policy: 'exclusive',
    notify: true,
    heartbeatSeconds: 10,
    // A result needs the CT once more before it is sent.
    expireInSeconds: name === RESULT_QUEUE ? 300 : 120,
    retryLimit: SILENT_DEATHS_ALLOWED,
    retryDelay: 1,
    // What we owe the chart, the audit and the archive is kept for a quarter, then an operator must have acted.
    retentionSeconds: 90 * DAY_S,
    deleteAfterSeconds: DAY_S,
  })),
];
