/** The part of our own RiskAssessment that is read back: what the chart returns may have been edited by others. */
import { z } from 'zod';

/** Others may add codings of their own before ours, with or without a code. */
const codingSchema = z.object({ system: z.string().optional(), code: z.string().optional() });

const extensionSchema = z.looseObject({
  url: z.string(),
  valueCode: z.string().optional(),
  valueString: z.string().optional(),
  valueDecimal: z.number().optional(),
  valueUnsignedInt: z.number().int().optional(),
  valueCodeableConcept: z.object({ coding: z.array(codingSchema).optional(), text: z.string().optional() }).optional(),
  valueRange: z.object({ low: z.object({ value: z.number() }), high: z.object({ value: z.number() }) }).optional(),
  extension: z
    .array(
      z.looseObject({
        url: z.string(),
        valueString: z.string().optional(),
        valueDecimal: z.number().optional(),
        valueRange: z
          .object({ low: z.object({ value: z.number() }), high: z.object({ value: z.number() }) })
          .optional(),
      }),
    )
    .optional(),
});

export const storedRiskAssessmentSchema = z.object({
  resourceType: z.literal('RiskAssessment'),
  id: z.string(),
  meta: z.object({ lastUpdated: z.string().optional() }).optional(),
  identifier: z.array(z.object({ system: z.string().optional(), value: z.string().optional() })),
  status: z.string(),
  subject: z.object({ reference: z.string() }),
  occurrenceDateTime: z.string(),
  basis: z.array(z.object({ reference: z.string().optional() })),
  contained: z.array(z.unknown()).optional(),
  extension: z.array(extensionSchema),
  prediction: z.tuple([
    z.object({
      extension: z.array(extensionSchema),
      probabilityDecimal: z.number().min(0).max(100).optional(),
      qualitativeRisk: z.object({ coding: z.array(codingSchema).optional() }).optional(),
    }),
  ]),
});

interface StoredConcept {
  readonly coding?: readonly z.infer<typeof codingSchema>[] | undefined;
}

export type StoredRiskAssessment = z.infer<typeof storedRiskAssessmentSchema>;
export type StoredExtension = z.infer<typeof extensionSchema>;

export function findIdentifier(stored: StoredRiskAssessment, system: string): string | undefined {
  return stored.identifier.find((identifier) => identifier.system === system)?.value;
}

export function findExtension(list: readonly StoredExtension[], url: string): StoredExtension | undefined {
  return list.find((extension) => extension.url === url);
}

/** The codes of one system, each once: a terminology server may stand its own codings beside them. */
export function findCodes(concept: StoredConcept | undefined, system: string): readonly string[] {
  const codings = (concept?.coding ?? []).filter((coding) => coding.system === system);
  return [...new Set(codings.flatMap(({ code }) => code ?? []))];
}
