/** The words of the evidence page: data with a schema, so that a missing text is found when the service starts. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ABSTENTION_REASONS } from '../assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../assessment/domain/evidence-level.ts';
import { TARGETS } from '../assessment/domain/target.ts';

const targetTexts = z.strictObject({
  title: z.string(),
  question: z.string(),
  positive: z.string(),
  negative: z.string(),
});

const pageTexts = z.strictObject({
  language: z.string(),
  targets: z.record(z.enum(TARGETS), targetTexts),
  evidenceLevels: z.record(z.enum(EVIDENCE_LEVELS), z.string()),
  reasons: z.record(z.enum(ABSTENTION_REASONS), z.string()),
  states: z.record(z.enum(['unknown', 'queued', 'running', 'retrying', 'done', 'failed']), z.string()),
  refusals: z.strictObject({ expired: z.string(), refused: z.string() }),
});

export type PageTexts = z.infer<typeof pageTexts>;

/** Only English so far; a further language is one more file of this form. */
export function readPageTexts(language: 'en' = 'en'): PageTexts {
  return pageTexts.parse(JSON.parse(readFileSync(new URL(`texts.${language}.json`, import.meta.url), 'utf8')));
}
