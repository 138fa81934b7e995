/**
 * The page's frame: static HTML without any patient data; the browser asks for the rest under the same address. Its
 * words travel with it as a data block, which no policy needs to allow because nothing runs in it.
 */
import { readFileSync } from 'node:fs';
import { LANGUAGES } from '../assessment/domain/language.ts';
import type { PageTexts, RefusalReason } from './page-texts.ts';

const PAGE = readFileSync(new URL('browser/evidence-page.html', import.meta.url), 'utf8');
const REFUSAL = readFileSync(new URL('browser/refusal.html', import.meta.url), 'utf8');

export function renderPage({ language, locale, frame, page }: PageTexts): string {
  const other = LANGUAGES.find((one) => one !== language) ?? language;
  // "<" could end the block early.
  const words = JSON.stringify({ language, locale, page }).replaceAll('<', '\\u003c');
  return fill(PAGE, { language, ...frame, other }).replace('{{words}}', () => words);
}

export function renderRefusal({ language, frame, refusals }: PageTexts, reason: RefusalReason): string {
  return fill(REFUSAL, { language, title: frame.refusalTitle, message: refusals[reason] });
}

function fill(html: string, slots: Readonly<Record<string, string>>): string {
  return html.replaceAll(/\{\{(\w+)\}\}/g, (slot, name: string) => escapeHtml(slots[name] ?? slot));
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
