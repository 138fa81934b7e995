/**
 * The model card out of a contract.json: what each output is worth, what the network was trained on, and the 31
 * source attributes of ONC HTI-1, 45 CFR 170.315(b)(11)(iv)(B), under the headings people ask by. An attribute the
 * contract does not hold is shown as not available, never left out.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TARGETS } from '../assessment/domain/target.ts';
import { EVIDENCE_LEVELS } from '../assessment/domain/evidence-level.ts';
import type { PageTexts } from './page-texts.ts';

const metric = z.looseObject({
  name: z.string(),
  unit: z.string(),
  value: z.number().nullable(),
  interval: z.array(z.number()).length(2).optional(),
  validation: z.string(),
  data: z.string().optional(),
  positives: z.number(),
  negatives: z.number(),
});

const contract = z.looseObject({
  network: z.string(),
  displayName: z.string(),
  version: z.string(),
  released: z.string(),
  model: z.looseObject({ sha256: z.string(), storage: z.string() }),
  architecture: z.looseObject({ name: z.string(), parameters: z.number() }),
  targets: z.array(
    z.looseObject({
      target: z.enum(TARGETS),
      evidenceLevel: z.enum(EVIDENCE_LEVELS),
      threshold: z.looseObject({ probability: z.number(), rule: z.string() }),
      calibration: z.looseObject({ method: z.string(), data: z.string().optional() }),
      metrics: z.array(metric),
    }),
  ),
  training: z.looseObject({
    data: z.array(
      z.looseObject({
        name: z.string(),
        kind: z.string(),
        patients: z.number(),
        slices: z.number(),
        citation: z.string(),
        licence: z.string(),
      }),
    ),
    notes: z.record(z.string(), z.string()).optional(),
  }),
  licence: z.looseObject({ weights: z.string(), attribution: z.array(z.string()) }),
  attributes: z.record(z.string(), z.string()),
});

const localized = z.strictObject({ en: z.string(), de: z.string() });
const headings = z.array(
  z.strictObject({
    heading: localized,
    question: localized,
    attributes: z.array(z.strictObject({ key: z.string(), label: localized })),
  }),
);

const HEADINGS = headings.parse(JSON.parse(readFileSync(new URL('source-attributes.json', import.meta.url), 'utf8')));

/** The 31 attributes: a card always has them all. */
export const SOURCE_ATTRIBUTES = HEADINGS.flatMap((group) => group.attributes.map(({ key }) => key));

export interface ModelCard {
  readonly network: string;
  readonly displayName: string;
  readonly version: string;
  readonly released: string;
  readonly digest: string;
  readonly parameters: number;
  readonly storage: string;
  readonly licence: string;
  readonly attribution: readonly string[];
  readonly trainedOn: readonly {
    readonly name: string;
    readonly kind: string;
    readonly patients: number;
    readonly slices: number;
    readonly citation: string;
    readonly licence: string;
  }[];
  /** What must be known beside the figures: by name, in the contract's own words. */
  readonly trainingNotes: readonly { readonly name: string; readonly text: string }[];
  readonly targets: readonly {
    readonly title: string;
    readonly evidenceWords: string;
    readonly threshold: string;
    readonly calibration: string;
    readonly metrics: readonly z.infer<typeof metric>[];
  }[];
  readonly groups: readonly {
    readonly heading: string;
    readonly question: string;
    /** Without a text: the contract does not say. */
    readonly attributes: readonly { readonly label: string; readonly text?: string }[];
  }[];
}

/**
 * Headings in the reader's language, the contract's own words as they are.
 * @param value a parsed contract.json; throws ZodError where it is none (inference/ has checked it long before)
 */
export function toModelCard(
  value: unknown,
  texts: Pick<PageTexts, 'language' | 'targets' | 'evidenceLevels'>,
): ModelCard {
  const { language } = texts;
  const parsed = contract.parse(value);
  return {
    network: parsed.network,
    displayName: parsed.displayName,
    version: parsed.version,
    released: parsed.released,
    digest: parsed.model.sha256,
    parameters: parsed.architecture.parameters,
    storage: parsed.model.storage,
    licence: parsed.licence.weights,
    attribution: parsed.licence.attribution,
    trainedOn: parsed.training.data,
    trainingNotes: Object.entries(parsed.training.notes ?? {}).map(([name, text]) => ({ name, text })),
    targets: parsed.targets.map((target) => ({
      title: texts.targets[target.target].title,
      evidenceWords: texts.evidenceLevels[target.evidenceLevel],
      threshold: `${target.threshold.probability.toFixed(3)} (${target.threshold.rule})`,
      calibration: [target.calibration.method, target.calibration.data].filter(Boolean).join(': '),
      metrics: target.metrics,
    })),
    groups: HEADINGS.map(({ heading, question, attributes }) => ({
      heading: heading[language],
      question: question[language],
      attributes: attributes.map(({ key, label }) => ({
        label: label[language],
        ...(parsed.attributes[key] === undefined ? {} : { text: parsed.attributes[key] }),
      })),
    })),
  };
}
