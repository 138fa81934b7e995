/**
 * The form of studies/*.json and questions.json. One file is one publication; each of its facts answers one question
 * with the figures as published, the sentence they were read in, and whether that reading counts as verified.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';

const text = z.string().trim().min(1);
const count = z.int().nonnegative();
const ratio = z.number().positive();
const area = z.number().gt(0.5).lt(1);
const inLanguages = z.strictObject({ en: text, de: text });

/** What every fact says beside its figures. */
const common = {
  question: text,
  /** The sentence the figures stand in, as read; [...] marks what was left out. */
  quote: text,
  verified: z.boolean(),
  whyUnverified: text.optional(),
  /** Enters only pools that say so, for this reason. */
  sensitivityOnly: text.optional(),
  /** Enters no pool, for this reason. */
  exclude: text.optional(),
};

const proportion = z.strictObject({
  kind: z.literal('proportion'),
  ...common,
  n: count.min(1),
  events: count,
  /** Published counts that add up to `events`. */
  eventParts: z.array(count).optional(),
  /** Published percentage, where `events` was computed from it. */
  percent: z.number().optional(),
  definition: text,
});

const oddsRatio = z.strictObject({
  kind: z.literal('odds-ratio'),
  ...common,
  /** As published. */
  estimate: ratio,
  lower: ratio.optional(),
  upper: ratio.optional(),
  /** Published for the opposite direction: the question is answered by 1 / estimate. */
  isInverse: z.boolean().optional(),
  n: count.optional(),
  events: count.optional(),
  comparison: text,
  definition: text,
});

const auc = z.strictObject({
  kind: z.literal('auc'),
  ...common,
  auc: area,
  lower: area.optional(),
  upper: area.optional(),
  n: count.optional(),
  /** Cases with the finding among `n`. */
  positives: count.optional(),
  testSet: z.enum(['external', 'held-out']),
});

const fact = z.discriminatedUnion('kind', [proportion, oddsRatio, auc]);

const study = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  label: text,
  citation: text,
  doi: z.string().startsWith('10.').optional(),
  pmid: z.string().regex(/^\d+$/).optional(),
  design: text,
  population: text,
  /** The patients or scans behind it: one cohort enters a pool once. */
  cohort: text,
  readAt: z.strictObject({ url: z.url().optional(), part: text }),
  facts: z.array(fact).min(1),
});

const question = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  group: z.enum(['incidence', 'factor', 'accuracy']),
  measure: z.enum(['proportion', 'odds-ratio', 'auc']),
  title: inLanguages,
  outcome: inLanguages,
  /** Pools the facts of these questions instead of its own. */
  takesFrom: z.array(text).optional(),
  /** A pool that mixes what should be kept apart; shown as such. */
  isSensitivity: z.boolean().optional(),
  takesSensitivityOnly: z.boolean().optional(),
  neverPooled: inLanguages.optional(),
});

const questionFile = z.strictObject({ about: text, minimumStudies: z.int().min(3), questions: z.array(question) });

export type Fact = z.infer<typeof fact>;
export type Study = z.infer<typeof study>;
export type Question = z.infer<typeof question>;

export interface StudyLibrary {
  readonly studies: readonly Study[];
  readonly questions: readonly Question[];
  /** Fewer verified studies than this are listed and not pooled. */
  readonly minimumStudies: number;
}

/** Throws where a file does not have the form, is not named after its id, or answers a question nobody asks. */
export function readStudyLibrary(folder: string): StudyLibrary {
  const { questions, minimumStudies } = questionFile.parse(readJson(join(folder, 'questions.json')));
  const files = readdirSync(join(folder, 'studies')).filter((name) => name.endsWith('.json'));
  const studies = files.sort().map((name) => {
    const parsed = study.safeParse(readJson(join(folder, 'studies', name)));
    if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
    if (parsed.data.id !== basename(name, '.json')) throw new Error(`${name} is not named after its id`);
    return parsed.data;
  });
  for (const { id, facts } of studies) for (const one of facts) requireAskedAndExplained(id, one, questions);
  return { studies, questions, minimumStudies };
}

function requireAskedAndExplained(id: string, one: Fact, questions: readonly Question[]): void {
  const asked = questions.find((each) => each.id === one.question);
  if (asked?.measure !== one.kind) throw new Error(`${id}: no question ${one.question} is answered by a ${one.kind}`);
  if (one.verified === (one.whyUnverified !== undefined)) throw new Error(`${id}: say why it is not verified, or not`);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8')) as unknown;
}
