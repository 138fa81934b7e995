/**
 * The files beside this one, read and checked once at start: discovery, texts in the site's language, base rates,
 * override reasons, the follow-up order, the order mapping. Nothing in them is code.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { loadPublishedEvidence } from '../../evidence/published-evidence.ts';
import type { Language } from '../../src/assessment/domain/language.ts';
import { Fault } from '../../src/errors.ts';
import { requireBaseRates, type BaseRates } from './base-rate.ts';
import { parseCardTexts, type CardTexts } from './card-texts.ts';
import { requireFollowUpCt, type FollowUpCt } from './follow-up-ct.ts';

const TEXT_FILES: Readonly<Record<Language, string>> = { en: 'cards.md', de: 'cards.de.md' };

const serviceFile = z.object({
  id: z.string(),
  hooks: z.array(z.enum(['order-select', 'order-sign'])).min(1),
  title: z.string(),
  description: z.string(),
  usageRequirements: z.string(),
  prefetch: z.object({ imagingStudies: z.string() }),
});

const overrideReasonFile = z.object({
  system: z.string(),
  reasons: z.array(z.object({ code: z.string(), display: z.object({ en: z.string(), de: z.string() }) })).min(1),
});

export interface ServiceData {
  readonly service: z.infer<typeof serviceFile>;
  readonly texts: CardTexts;
  readonly baseRates: BaseRates;
  readonly overrideReasons: readonly { readonly system: string; readonly code: string; readonly display: string }[];
  readonly followUpCt: FollowUpCt;
  /** Unparsed, for createOrderMatcher. */
  readonly orderMapping: unknown;
}

/** Throws Fault `config-invalid` naming the file. */
export function loadServiceData(language: Language): ServiceData {
  const overrides = parseFile('override-reasons.json', overrideReasonFile);
  return {
    service: parseFile('service.json', serviceFile),
    texts: parseCardTexts(readBeside(TEXT_FILES[language])),
    baseRates: requireBaseRates(readJson('base-rates.json'), loadPublishedEvidence()),
    overrideReasons: overrides.reasons.map(({ code, display }) => ({
      system: overrides.system,
      code,
      display: display[language],
    })),
    followUpCt: requireFollowUpCt(readJson('follow-up-ct.json')),
    orderMapping: readJson('order-mapping.json'),
  };
}

function parseFile<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(readJson(name));
  if (result.success) return result.data;
  throw new Fault('config-invalid', `${name}: ${result.error.issues[0]?.path.join('.') ?? ''} is not right`);
}

function readJson(name: string): unknown {
  try {
    return JSON.parse(readBeside(name)) as unknown;
  } catch (cause) {
    throw new Fault('config-invalid', `${name} is not JSON`, { cause });
  }
}

function readBeside(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
