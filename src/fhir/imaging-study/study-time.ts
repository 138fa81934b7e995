/** When a study began, as precisely as the chart says it. */
import type { ImagingStudyFacts } from './imaging-study-schema.ts';

export interface StudyTime {
  /** ms since the epoch; where only a day is known, the first and last instant that is this day anywhere on Earth. */
  readonly earliest: number;
  readonly latest: number;
  /** ISO 8601 instant, or the midnight (UTC) of a day. */
  readonly startedAt: string;
  readonly precision: 'instant' | 'day';
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
/** A day begins first at UTC+14 and ends last at UTC-12. */
const EARLIEST_ZONE_MS = 14 * 3_600_000;
const LATEST_END_MS = (24 + 12) * 3_600_000;

/** `started` of the study, else the earliest of its series; undefined where neither says a day. */
export function findStudyTime(study: ImagingStudyFacts): StudyTime | undefined {
  const own = toStudyTime(study.started);
  if (own) return own;
  const times = (study.series ?? []).flatMap(({ started }) => toStudyTime(started) ?? []);
  return times.sort((a, b) => a.earliest - b.earliest)[0];
}

function toStudyTime(value: string | undefined): StudyTime | undefined {
  if (value === undefined || Number.isNaN(Date.parse(value))) return undefined;
  const at = Date.parse(value);
  const startedAt = new Date(at).toISOString();
  if (INSTANT.test(value)) return { earliest: at, latest: at, startedAt, precision: 'instant' };
  if (!DAY.test(value)) return undefined;
  return { earliest: at - EARLIEST_ZONE_MS, latest: at + LATEST_END_MS, startedAt, precision: 'day' };
}
