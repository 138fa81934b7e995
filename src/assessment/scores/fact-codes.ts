/** Which codes in a chart carry the facts the scores need: fact-codes.json, parsed once. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const coding = z.strictObject({
  system: z.string(),
  code: z.string(),
  display: z.string(),
  /** False where a single source names the code. */
  verified: z.boolean(),
});
const codings = z.array(coding).min(1);

const factCodes = z.strictObject({
  comment: z.string(),
  observations: z.strictObject({
    nihss: codings,
    aspects: codings,
    glucose: codings,
    denseArterySign: codings,
    earlyInfarctSigns: codings,
    atrialFibrillation: codings,
  }),
  conditions: z.strictObject({ atrialFibrillation: codings }),
  /** Factor from the unit named to mmol/L. */
  glucoseMmolPerLPerUnit: z.record(z.string(), z.number()),
});

export const FACT_CODES = factCodes.parse(
  JSON.parse(readFileSync(new URL('fact-codes.json', import.meta.url), 'utf8')),
);

export type FactName = keyof typeof FACT_CODES.observations;
