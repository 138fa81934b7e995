/** What can be ordered in the sandbox EHR: data with a schema. The EHR does not know which order asks for advice. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../../errors.ts';

const orderable = z.strictObject({
  id: z.string(),
  display: z.string(),
  category: z.string(),
  /** What a clinician may type to find it. */
  words: z.array(z.string()),
  detail: z.string(),
  asksSide: z.boolean(),
  code: z.array(z.strictObject({ system: z.string(), code: z.string() })).min(1),
});

export type Orderable = z.infer<typeof orderable>;

export const ORDERABLES: readonly Orderable[] = z
  .array(orderable)
  .parse(JSON.parse(readFileSync(new URL('orderables.json', import.meta.url), 'utf8')));

/** Throws Fault `request-malformed` for an id that is not on the list. */
export function requireOrderable(id: string): Orderable {
  const found = ORDERABLES.find((one) => one.id === id);
  if (!found) throw new Fault('request-malformed', 'This order is not on the pick list');
  return found;
}
