/** Texts with slots, and numbers as people of the language write them. */
import type { MonitoringTexts } from './monitoring-texts.ts';

export interface Words {
  readonly texts: MonitoringTexts;
  /** Fills `{name}` slots; numbers are written in the language. */
  fill(text: string, slots: Readonly<Record<string, string | number>>): string;
  count(value: number): string;
  percent(share: number): string;
  /** Without decimals, for axes. */
  tick(share: number): string;
  /** A probability or another figure with `digits` decimals. */
  decimal(value: number, digits: number): string;
  duration(ms: number): string;
  day(day: string): string;
  /** Without the year, for axes. */
  shortDay(day: string): string;
}

export function createWords(texts: MonitoringTexts): Words {
  const { locale } = texts;
  const whole = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const ticks = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const shortDays = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' });
  const days = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', dateStyle: 'medium' });
  const decimal = (value: number, digits: number) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  return {
    texts,
    fill: (text, slots) =>
      text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const value = slots[name];
        return typeof value === 'number' ? whole.format(value) : (value ?? '');
      }),
    count: (value) => whole.format(value),
    percent: (share) => percents.format(share),
    tick: (share) => ticks.format(share),
    decimal,
    duration: (ms) => sayDuration(ms, texts, decimal),
    day: (day) => days.format(new Date(`${day}T00:00:00Z`)),
    shortDay: (day) => shortDays.format(new Date(`${day}T00:00:00Z`)),
  };
}

const UNITS = [
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1000],
] as const;

/** In the largest unit that fits; below a second in milliseconds. */
function sayDuration(ms: number, texts: MonitoringTexts, decimal: Words['decimal']): string {
  const [unit, length] = UNITS.find(([, size]) => ms >= size) ?? (['milliseconds', 1] as const);
  return `${decimal(ms / length, unit === 'milliseconds' ? 0 : 1)} ${texts.units[unit]}`;
}
