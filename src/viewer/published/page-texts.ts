/** The words of the published-evidence page: data with a schema, so that a missing text is found when the service starts. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Language } from '../../../evidence/readable-numbers.ts';

const words = z.string().min(1);

const publishedTexts = z.strictObject({
  language: z.enum(['en', 'de']),
  title: words,
  notice: words,
  introduction: words,
  usualTitle: words,
  usual: words,
  contents: words,
  groups: z.strictObject({ incidence: words, factor: words, accuracy: words }),
  pooled: words,
  pooledPatients: words,
  sensitivity: words,
  notPooled: z.strictObject({ none: words, one: words, many: words }),
  notPooledBecause: words,
  plotRegion: words,
  studies: words,
  leftOut: words,
  tableRegion: words,
  columns: z.strictObject({
    study: words,
    counts: words,
    estimate: words,
    weight: words,
    what: words,
    source: words,
    reason: words,
  }),
  read: words,
  methodTitle: words,
  method: z.array(words).min(1),
  limitsTitle: words,
  limits: z.array(words).min(1),
});

export type PublishedTexts = z.infer<typeof publishedTexts>;

export function readPublishedTexts(language: Language): PublishedTexts {
  return publishedTexts.parse(JSON.parse(readFileSync(new URL(`texts.${language}.json`, import.meta.url), 'utf8')));
}

/** Slots that are not given stay empty. */
export function fillSlots(text: string, slots: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([a-zA-Z]+)\}/g, (_whole, name: string) => slots[name] ?? '');
}
