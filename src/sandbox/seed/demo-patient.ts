/** The demo patients as data with a schema. Every name, number and fact in it is made up. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { STORIES, type StoryName } from '../../phantom/stories.ts';

const demoPatient = z.strictObject({
  /** FHIR id of the Patient. */
  id: z.string().regex(/^[A-Za-z0-9\-.]{1,40}$/),
  /** Phantom story behind the CT; without one there is no CT. */
  story: z
    .string()
    .refine((name): name is StoryName => name in STORIES, 'is no phantom story')
    .optional(),
  seed: z.int(),
  family: z.string(),
  given: z.string(),
  gender: z.enum(['female', 'male', 'other']),
  recordNumber: z.string(),
  reason: z.string(),
  location: z.string(),
  /** The story's age where left out. */
  ageYears: z.int().optional(),
  onsetHoursBeforeNow: z.number().positive(),
  ctMinutesBeforeNow: z.number().positive().optional(),
  /** An exploratory marker in this chart, ng/mL. */
  ngalNgPerMl: z.number().positive().optional(),
  facts: z.strictObject({
    nihss: z.int().min(0).max(42).optional(),
    aspects: z.int().min(0).max(10).optional(),
    /** mmol/L. */
    glucose: z.number().optional(),
    denseArterySign: z.boolean().optional(),
    earlyInfarctSigns: z.boolean().optional(),
    atrialFibrillation: z.boolean().optional(),
  }),
});

export type DemoPatient = z.infer<typeof demoPatient>;

export const DEMO_PATIENTS: readonly DemoPatient[] = z
  .array(demoPatient)
  .parse(JSON.parse(readFileSync(new URL('demo-patients.json', import.meta.url), 'utf8')));
