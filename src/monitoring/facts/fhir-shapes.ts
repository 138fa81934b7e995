/** The small parts of FHIR that all facts are read from: codings, references, instants. */
import { z } from 'zod';

const coding = z.looseObject({ system: z.string().optional(), code: z.string().optional() });
export const codings = z.array(coding);

/** FHIR R4 dateTime with a time (a day alone is no instant), as a Date. */
export const instant = z.string().transform((text, context) => {
  const read = readInstant(text);
  if (read) return read;
  context.issues.push({ code: 'custom', message: 'no instant', input: text });
  return z.NEVER;
});

export function readInstant(text: string): Date | undefined {
  const at = text.includes('T') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at);
}

export function findCode(list: z.infer<typeof codings> | undefined, system: string): string | undefined {
  return list?.find((one) => one.system === system)?.code;
}

/** `Type/id`, relative or absolute. */
export function readId(reference: string | undefined, type: string): string | undefined {
  return new RegExp(`(?:^|/)${type}/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?$`).exec(reference ?? '')?.[1];
}
