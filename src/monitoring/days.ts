/**
 * Days of the site: a report is asked for in days of the hospital's own time zone and queried in instants. A day has
 * 23 or 25 hours when the clocks change; adding 24 hours would miss or double an order.
 */
const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: unknown): text is string {
  return typeof text === 'string' && DAY.test(text) && addDays(text, 0) === text;
}

/** Calendar arithmetic; an impossible day (2026-02-30) becomes another one, which isDay uses. */
export function addDays(day: string, count: number): string {
  const date = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(date) ? '' : new Date(date + count * DAY_MS).toISOString().slice(0, 10);
}

export function countDays(first: string, last: string): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1;
}

/** The day an instant falls on. */
export function createDayReader(timeZone: string): (instant: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (instant) => format.format(instant);
}

/** The first instant of a day. Where the clocks change at midnight, the first one that exists. */
export function findStart(day: string, timeZone: string): Date {
  const readDay = createDayReader(timeZone);
  let [before, at] = [Date.parse(`${day}T00:00:00Z`) - DAY_MS, Date.parse(`${day}T00:00:00Z`) + DAY_MS];
  // Zones are at most 14 hours away: the day begins between these two, and days ascend with time.
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (readDay(new Date(middle)) < day) before = middle;
    else at = middle;
  }
  return new Date(at);
}
