/** Estimates as people read them: "30.2%", "1.36", "0.885", with their interval; the same words in plots, page and report. */
import type { Pool } from './published-evidence.ts';

export type Language = 'en' | 'de';
export type Measure = Pool['measure'];

/** Decimals that the figures bear: percent 1, ratio 2, area 3. */
export function formatEstimate(measure: Measure, value: number, language: Language = 'en'): string {
  if (measure === 'proportion') return `${toFixed(value * 100, 1, language)}${language === 'de' ? ' %' : '%'}`;
  return toFixed(value, measure === 'odds-ratio' ? 2 : 3, language);
}

/** "25.2 to 35.7%": the unit once. */
export function formatRange(measure: Measure, lower: number, upper: number, language: Language = 'en'): string {
  const to = language === 'de' ? 'bis' : 'to';
  const first = measure === 'proportion' ? toFixed(lower * 100, 1, language) : formatEstimate(measure, lower, language);
  return `${first} ${to} ${formatEstimate(measure, upper, language)}`;
}

export function toFixed(value: number, decimals: number, language: Language = 'en'): string {
  const fixed = value.toFixed(decimals);
  return language === 'de' ? fixed.replace('.', ',') : fixed;
}

/** "11,679", in German "11.679". */
export function formatCount(value: number, language: Language = 'en'): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, language === 'de' ? '.' : ',');
}
