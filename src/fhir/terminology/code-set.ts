/**
 * A set of codes read from a FHIR ValueSet file, so that a site can edit the list without touching code.
 * Only enumerated codes count (compose.include.concept or expansion.contains): a filter would need a server.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../../errors.ts';

const conceptSchema = z.object({ code: z.string().min(1) });
const valueSetSchema = z.object({
  resourceType: z.literal('ValueSet'),
  compose: z
    .object({ include: z.array(z.object({ system: z.string(), concept: z.array(conceptSchema).min(1) })) })
    .optional(),
  expansion: z.object({ contains: z.array(conceptSchema.extend({ system: z.string() })).optional() }).optional(),
});

export interface CodeSet {
  has(coding: { readonly system?: string | undefined; readonly code?: string | undefined }): boolean;
  readonly size: number;
}

/** Throws `config-invalid` when the value is no ValueSet with enumerated codes. */
export function toCodeSet(value: unknown): CodeSet {
  const parsed = valueSetSchema.safeParse(value);
  if (!parsed.success) throw new Fault('config-invalid', 'Not a FHIR ValueSet that lists its codes');
  const { compose, expansion } = parsed.data;
  const included = (compose?.include ?? []).flatMap(({ system, concept }) =>
    concept.map(({ code }) => ({ system, code })),
  );
  const keys = new Set([...included, ...(expansion?.contains ?? [])].map(toKey));
  return { has: (coding) => keys.has(toKey(coding)), size: keys.size };
}

/** Reads and parses a ValueSet file; throws `config-invalid`. */
export function readCodeSet(path: string | URL): CodeSet {
  try {
    return toCodeSet(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Fault('config-invalid', 'A ValueSet file cannot be read', { cause: error });
  }
}

function toKey(coding: { readonly system?: string | undefined; readonly code?: string | undefined }): string {
  return `${coding.system ?? ''}|${coding.code ?? ''}`;
}
