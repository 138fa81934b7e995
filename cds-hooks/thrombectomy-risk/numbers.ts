/**
 * Numbers as a clinician reads them: whole percents, no false precision at the ends, ages in hours or minutes.
 */
import { COUNTED_AHEAD } from '../../src/assessment/domain/backlog.ts';
import type { CardTexts } from './card-texts.ts';

/** Probability 0-1 to "61%"; below 1 % and above 99 % are said as such, since calibration knows no better. */
export function formatProbability(probability: number, texts: CardTexts): string {
  if (probability < 0.01) return texts.phrase('percent-low');
  if (probability > 0.99) return texts.phrase('percent-high');
  return texts.phrase('percent', { value: String(Math.round(probability * 100)) });
}

/** "2026-11-23 10:12 UTC", or local time where the site names its zone. Unreadable instants stay out. */
export function formatInstant(iso: string, timeZone: string): string {
  const instant = new Date(iso);
  if (Number.isNaN(instant.getTime())) return '?';
  return `${useFormat(timeZone).format(instant)} ${timeZone}`;
}

/** Building a format costs more than the rest of a card, so each zone's is kept. */
const formats = new Map<string, Intl.DateTimeFormat>();

function useFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}

/** Age in hours with one decimal, or undefined when the CT is not older than the order. */
export function formatAge(fromIso: string, toIso: string, texts: CardTexts): string | undefined {
  const hours = (Date.parse(toIso) - Date.parse(fromIso)) / 3_600_000;
  if (!Number.isFinite(hours) || hours < 0) return undefined;
  const value = hours.toFixed(1).replace('.', texts.phrase('decimal-separator'));
  return texts.phrase('hours', { value });
}

/** "12", or "1000+" beyond what is counted. */
export function formatAhead(ahead: number): string {
  return ahead > COUNTED_AHEAD ? `${String(COUNTED_AHEAD)}+` : String(ahead);
}

/** Minutes until it is a study's turn, rounded up and never down; hours from two hours on. */
export function formatWait(minutes: number | undefined, texts: CardTexts): string {
  if (minutes === undefined || !Number.isFinite(minutes)) return texts.phrase('wait-unknown');
  if (minutes < 120) return texts.phrase('wait-minutes', { value: String(Math.max(1, Math.ceil(minutes))) });
  return texts.phrase('wait-hours', { value: String(Math.ceil(minutes / 60)) });
}
