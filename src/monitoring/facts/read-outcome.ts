/** Observation -> OutcomeFact: what a site entered about a patient afterwards. */
import { z } from 'zod';
import { TARGETS } from '../../assessment/domain/target.ts';
import { CODE_SYSTEMS } from '../../fhir/terminology/canonical.ts';
import { IGNORED, UNREADABLE, type OutcomeFact, type Unused } from './fact.ts';
import { codings, findCode, instant, readId } from './fhir-shapes.ts';
import { OUTCOME_CODES } from './outcome-codes.ts';

/** FHIR R4 observation-status: those that say something that holds. */
const HOLDS = new Set(['final', 'amended', 'corrected']);

const concept = z.looseObject({ coding: codings });
const observation = z.looseObject({
  resourceType: z.literal('Observation'),
  status: z.string(),
  code: concept,
  subject: z.looseObject({ reference: z.string() }),
  effectiveDateTime: instant,
  valueCodeableConcept: concept,
  derivedFrom: z.array(z.looseObject({ reference: z.string().optional() })).default([]),
  component: z.array(z.looseObject({ code: concept, valueDateTime: instant.optional() })).default([]),
});

export function readOutcome(resource: unknown): OutcomeFact | Unused {
  const parsed = observation.safeParse(resource);
  if (!parsed.success) return UNREADABLE;
  const stored = parsed.data;
  if (!HOLDS.has(stored.status)) return IGNORED;
  const code = findCode(stored.code.coding, CODE_SYSTEMS.outcomes);
  const target = TARGETS.find((one) => OUTCOME_CODES.outcomes[one].code === code);
  const value = findCode(stored.valueCodeableConcept.coding, CODE_SYSTEMS.outcomes);
  const patientId = readId(stored.subject.reference, 'Patient');
  if (!target || value === undefined || patientId === undefined) return UNREADABLE;
  const { positive, negative } = OUTCOME_CODES.outcomes[target];
  if (!positive.includes(value) && !negative.includes(value)) return UNREADABLE;
  const study = stored.derivedFrom.map(({ reference }) => readId(reference, 'ImagingStudy')).find(Boolean);
  const end = stored.component.find(
    (one) => findCode(one.code.coding, CODE_SYSTEMS.outcomes) === OUTCOME_CODES.thrombectomyEnd,
  )?.valueDateTime;
  return {
    ...{ kind: 'outcome', target, patientId, code: value, isPositive: positive.includes(value) },
    at: stored.effectiveDateTime,
    ...(study === undefined ? {} : { imagingStudyId: study }),
    ...(end === undefined ? {} : { thrombectomyEnd: end }),
  };
}
