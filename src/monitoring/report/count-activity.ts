/**
 * What the service did: calls answered, by day or week and by kind of card, and how long people waited. Exact counts:
 * they are about the service, and without them nobody can tell a quiet week from a broken interface.
 */
import { quantileSorted } from 'simple-statistics';
import type { AnswerFact, ResultFact } from '../facts/fact.ts';
import { addDays, countDays, createDayReader } from '../days.ts';
import groups from './answer-groups.json' with { type: 'json' };
import { ANSWER_GROUPS, type Activity, type AnswerGroup, type Durations, type Interval } from './site-report.ts';

export interface ReportDays {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly timeZone: string;
}

/** A longer period is shown by weeks: as many bars as a person can tell apart. */
const MOST_DAYS = 45;

export function countActivity(
  answers: readonly AnswerFact[],
  results: readonly ResultFact[],
  days: ReportDays,
): Activity {
  const step = countDays(days.firstDay, days.lastDay) > MOST_DAYS ? 'week' : 'day';
  const waits = measureWaits(answers, results);
  const [answering, resulting, assessing] = [
    summarize(answers.flatMap(({ durationMs }) => durationMs ?? [])),
    summarize(waits.lengthsMs),
    summarize(measureAssessing(results)),
  ];
  return {
    calls: answers.length,
    orders: new Set(answers.flatMap(({ order }) => order ?? [])).size,
    shown: answers.filter(({ cards }) => cards.length > 0).length,
    groups: countGroups(answers),
    step,
    intervals: countIntervals(answers, days, step),
    cards: countCards(answers),
    ...(answering && { answering }),
    ...(resulting && { resulting }),
    resultsMissing: waits.missing,
    ...(assessing && { assessing }),
  };
}

export function findGroup(decision: string | undefined): AnswerGroup {
  const found = Object.entries(groups).find(([, cards]) => cards.includes(decision ?? ''))?.[0];
  return ANSWER_GROUPS.find((one) => one === found) ?? 'not-recorded';
}

function countGroups(answers: readonly AnswerFact[]): Record<AnswerGroup, number> {
  const counts = Object.fromEntries(ANSWER_GROUPS.map((group) => [group, 0])) as Record<AnswerGroup, number>;
  for (const { decision } of answers) counts[findGroup(decision)] += 1;
  return counts;
}

/** Every day or week of the period, those without an order included. */
function countIntervals(answers: readonly AnswerFact[], days: ReportDays, step: 'day' | 'week'): Interval[] {
  const readDay = createDayReader(days.timeZone);
  const length = step === 'day' ? 1 : 7;
  const byInterval = Map.groupBy(answers, ({ at }) => Math.floor((countDays(days.firstDay, readDay(at)) - 1) / length));
  const count = Math.ceil(countDays(days.firstDay, days.lastDay) / length);
  return Array.from({ length: count }, (_, index) => ({
    day: addDays(days.firstDay, index * length),
    counts: countGroups(byInterval.get(index) ?? []),
  }));
}

function countCards(answers: readonly AnswerFact[]): Activity['cards'] {
  const byDecision = Map.groupBy(answers, ({ decision }) => decision);
  return [...byDecision]
    .flatMap(([decision, calls]) =>
      decision === undefined
        ? []
        : [{ decision, calls: calls.length, shown: calls.filter(({ cards }) => cards.length > 0).length }],
    )
    .sort((a, b) => b.calls - a.calls || a.decision.localeCompare(b.decision));
}

/** Of calls about one CT the first counts: later ones only asked again. */
function measureWaits(answers: readonly AnswerFact[], results: readonly ResultFact[]) {
  const resultAt = new Map(results.map((result) => [result.key, result.assessedAt.getTime()]));
  const pending = answers.filter(({ decision, key }) => key !== undefined && findGroup(decision) === 'pending');
  const firstByKey = new Map<string, number>();
  for (const { key = '', at } of pending) {
    firstByKey.set(key, Math.min(firstByKey.get(key) ?? Infinity, at.getTime()));
  }
  const ends = [...firstByKey].map(([key, askedAt]) => ({ askedAt, doneAt: resultAt.get(key) }));
  return {
    lengthsMs: ends.flatMap(({ askedAt, doneAt }) => (doneAt === undefined ? [] : [Math.max(0, doneAt - askedAt)])),
    missing: ends.filter(({ doneAt }) => doneAt === undefined).length,
  };
}

function measureAssessing(results: readonly ResultFact[]): number[] {
  return results.flatMap(({ target, assessedAt, ctAt }) =>
    target === 'ich-present' && ctAt ? [Math.max(0, assessedAt.getTime() - ctAt.getTime())] : [],
  );
}

function summarize(lengthsMs: readonly number[]): Durations | undefined {
  if (lengthsMs.length === 0) return undefined;
  const ascending = lengthsMs.toSorted((a, b) => a - b);
  return {
    count: ascending.length,
    medianMs: quantileSorted(ascending, 0.5),
    p95Ms: quantileSorted(ascending, 0.95),
    longestMs: quantileSorted(ascending, 1),
  };
}
