/** outcome-codes.json, checked when the service starts. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TARGETS } from '../../assessment/domain/target.ts';

const codes = z.array(z.string()).min(1);
const file = z.strictObject({
  note: z.string(),
  thrombectomyEnd: z.string(),
  window: z.strictObject({ fromHours: z.number(), untilHours: z.number() }),
  outcomes: z.record(z.enum(TARGETS), z.strictObject({ code: z.string(), positive: codes, negative: codes })),
});

export const OUTCOME_CODES = file.parse(
  JSON.parse(readFileSync(new URL('outcome-codes.json', import.meta.url), 'utf8')),
);
