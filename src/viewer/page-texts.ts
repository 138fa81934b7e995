/**
 * The words of the evidence page, in every language it speaks: data with a schema, so that a missing text is found
 * when the service starts. Which language: what the address or the launch asks for, else the browser's, else the
 * site's.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ABSTENTION_REASONS } from '../assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../assessment/domain/evidence-level.ts';
import { LANGUAGES, type Language } from '../assessment/domain/language.ts';
import { TARGETS } from '../assessment/domain/target.ts';

const targetTexts = z.strictObject({
  title: z.string(),
  question: z.string(),
  positive: z.string(),
  negative: z.string(),
});

/** Why nothing is opened; the names of smart-launch/ are among them. */
const REFUSALS = [
  ...['link-expired', 'link-invalid', 'session-expired', 'patient-mismatch', 'shadow-mode'],
  ...['ehr-unknown', 'launch-malformed', 'launch-unknown', 'browser-unknown', 'ehr-refused', 'ehr-unavailable'],
  ...['identity-invalid', 'user-unknown', 'patient-missing', 'nothing-assessed'],
] as const;

const words = z.string().min(1);
const pageTexts = z.strictObject({
  language: z.enum(LANGUAGES),
  /** For dates and numbers (BCP 47). */
  locale: words,
  frame: z.strictObject({
    ...{ title: words, notice: words, loading: words, noScript: words },
    ...{ published: words, otherLanguage: words, refusalTitle: words },
  }),
  targets: z.record(z.enum(TARGETS), targetTexts),
  evidenceLevels: z.record(z.enum(EVIDENCE_LEVELS), words),
  reasons: z.record(z.enum(ABSTENTION_REASONS), words),
  states: z.record(z.enum(['unknown', 'queued', 'running', 'retrying', 'done', 'failed']), words),
  refusals: z.record(z.enum(REFUSALS), words),
  chartLinks: z.strictObject({
    ...{ assessments: words, provenance: words, audit: words, patient: words, study: words },
  }),
  /** What the browser says (browser/words.js), with slots in braces. */
  page: z.record(z.string(), words),
});

export type PageTexts = z.infer<typeof pageTexts>;
export type RefusalReason = keyof PageTexts['refusals'];

/** Throws ZodError where a text is missing. */
export function readPageTexts(language: Language): PageTexts {
  return pageTexts.parse(JSON.parse(readFileSync(new URL(`texts.${language}.json`, import.meta.url), 'utf8')));
}

export type ChooseTexts = (
  request: { readonly query: unknown; acceptsLanguages(languages: string[]): string | false },
  /** Of the user, as a launch says it (BCP 47). */
  locale?: string,
) => PageTexts;

export function createTextChooser(siteLanguage: Language): ChooseTexts {
  const texts = Object.fromEntries(LANGUAGES.map((one) => [one, readPageTexts(one)])) as Record<Language, PageTexts>;
  // Without a header, express accepts the first one named: the site's.
  const offered = [siteLanguage, ...LANGUAGES.filter((one) => one !== siteLanguage)];
  return (request, locale) => {
    const asked = (request.query as Record<string, unknown>)['language'];
    const chosen = [asked, locale?.split('-')[0]?.toLowerCase(), request.acceptsLanguages(offered), siteLanguage];
    return texts[chosen.find((one) => LANGUAGES.includes(one as Language)) as Language];
  };
}
