/**
 * KDR, LCN2 and PXN from the chart, as exploratory context: value, unit, date and what the paper found in mice.
 * Nothing here ever reaches a probability. What the chart does not have is not mentioned.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Localized } from '../domain/language.ts';
import type { ChartSearch } from '../scores/create-score-reader.ts';

const definitions = z
  .strictObject({
    note: z.string(),
    source: z.string(),
    biomarkers: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        finding: z.strictObject({ en: z.string(), de: z.string() }),
        codes: z.array(z.strictObject({ system: z.string(), code: z.string() })).min(1),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('biomarkers.json', import.meta.url), 'utf8')));

/** Only quantities with a unit: a bare number of a marker says nothing. */
const measurement = z.looseObject({
  resourceType: z.literal('Observation'),
  id: z.string(),
  status: z.enum(['final', 'amended', 'corrected']),
  code: z.looseObject({
    coding: z.array(z.looseObject({ system: z.string().optional(), code: z.string().optional() })),
  }),
  effectiveDateTime: z.string(),
  valueQuantity: z.looseObject({ value: z.number(), unit: z.string() }),
});

export interface BiomarkerReading {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** ISO 8601. */
  readonly at: string;
  /** `Observation/x`. */
  readonly source: string;
  readonly finding: Localized;
  readonly citation: string;
}

export type BiomarkerReader = (
  patientId: string,
  options: { readonly signal: AbortSignal },
) => Promise<readonly BiomarkerReading[]>;

/** One search; throws what the search throws. */
export function createBiomarkerReader(search: ChartSearch): BiomarkerReader {
  const codes = definitions.biomarkers.flatMap((marker) => marker.codes).map(({ system, code }) => `${system}|${code}`);
  return async (patientId, options) => {
    const parameters = [
      ['subject', `Patient/${patientId}`],
      ['code', codes.join(',')],
    ] as const;
    const bundle = (await search('Observation', parameters, options)) as { entry?: readonly { resource?: unknown }[] };
    return readBiomarkers((bundle.entry ?? []).map((entry) => entry.resource));
  };
}

/** The newest measurement of each marker that is there. */
export function readBiomarkers(resources: readonly unknown[]): readonly BiomarkerReading[] {
  const measured = resources
    .flatMap((resource) => measurement.safeParse(resource).data ?? [])
    .sort((one, other) => Date.parse(other.effectiveDateTime) - Date.parse(one.effectiveDateTime));
  return definitions.biomarkers.flatMap((marker) => {
    const found = measured.find(({ code }) =>
      code.coding.some((given) => marker.codes.some((one) => one.system === given.system && one.code === given.code)),
    );
    if (!found) return [];
    const { value, unit } = found.valueQuantity;
    const { name, finding } = marker;
    const source = `Observation/${found.id}`;
    return [{ name, value, unit, at: found.effectiveDateTime, source, finding, citation: definitions.source }];
  });
}
