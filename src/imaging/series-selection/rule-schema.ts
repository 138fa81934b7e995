/** The language of rules.json, checked when it is loaded: a typo in a rule stops the start, not a patient. */
import { z } from 'zod';
import { ABSTENTION_REASONS } from '../../assessment/domain/abstention.ts';
import { Fault } from '../../errors.ts';
import type { SeriesFacts } from './series-facts.ts';

const TEXT_FACTS = [
  'availability',
  'modality',
  'sopClassUid',
  'imageType',
  'description',
  'bodyPart',
  'kernel',
  'contrastAgent',
] as const;
const NUMBER_FACTS = [
  'sliceCount',
  'thicknessMm',
  'tiltDeg',
  'kvp',
  'bitsAllocated',
  'samplesPerPixel',
  'passes',
  'lengthMm',
] as const satisfies readonly (keyof SeriesFacts)[];

const pattern = z.string().transform((source) => new RegExp(source, 'u'));

const textCondition = z.strictObject({
  fact: z.enum(TEXT_FACTS),
  is: z.array(z.string()).optional(),
  isNot: z.array(z.string()).optional(),
  matches: pattern.optional(),
  matchesNot: pattern.optional(),
});

/** A number that is not stated satisfies `missing` and nothing else. */
const numberCondition = z.strictObject({
  fact: z.enum(NUMBER_FACTS),
  isNot: z.array(z.number()).optional(),
  below: z.number().optional(),
  above: z.number().optional(),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
  missing: z.literal(true).optional(),
});

const effect = { why: z.string().min(1), id: z.string().regex(/^[a-z0-9-]+$/) };
const when = z.array(z.union([textCondition, numberCondition])).min(1);
const rule = z.union([
  z.strictObject({ ...effect, when, exclude: z.enum(ABSTENTION_REASONS) }),
  z.strictObject({ ...effect, when, score: z.number().int() }),
]);
const schema = z.object({ version: z.string(), rules: z.array(rule).min(1) });

export type SelectionRule = z.infer<typeof rule>;
export type RuleCondition = z.infer<typeof textCondition> | z.infer<typeof numberCondition>;
export type SelectionRules = z.infer<typeof schema>;

/** Throws Fault `config-invalid` naming the rule that is wrong. */
export function parseRules(data: unknown): SelectionRules {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Fault('config-invalid', `Series selection rules: ${z.prettifyError(parsed.error)}`);
}
