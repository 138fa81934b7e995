/**
 * The facts of the scores out of FHIR R4 resources, by the codes of fact-codes.json. The newest valid observation
 * inside the CT's window (fact-window.ts) wins; those that were cancelled or entered in error do not count.
 */
import { z } from 'zod';
import type { ScoreFact, ScoreFactName, ScoreFacts } from './compute-score.ts';
import { FACT_CODES, type FactName } from './fact-codes.ts';
import { isInWindow, type FactWindow } from './fact-window.ts';

const coding = z.looseObject({ system: z.string().optional(), code: z.string().optional() });
const concept = z.looseObject({ coding: z.array(coding).optional() });

const observation = z.looseObject({
  resourceType: z.literal('Observation'),
  id: z.string(),
  status: z.string(),
  code: concept,
  effectiveDateTime: z.string().optional(),
  effectiveInstant: z.string().optional(),
  issued: z.string().optional(),
  valueQuantity: z
    .looseObject({ value: z.number().optional(), unit: z.string().optional(), code: z.string().optional() })
    .optional(),
  valueInteger: z.number().optional(),
  valueBoolean: z.boolean().optional(),
});
const condition = z.looseObject({
  resourceType: z.literal('Condition'),
  id: z.string(),
  code: concept.optional(),
  verificationStatus: concept.optional(),
  recordedDate: z.string().optional(),
});
const patient = z.looseObject({
  resourceType: z.literal('Patient'),
  id: z.string(),
  birthDate: z.string().optional(),
});

type Observation = z.infer<typeof observation>;

const NOT_COUNTED = ['entered-in-error', 'cancelled', 'registered', 'unknown'];
const REFUTED = ['refuted', 'entered-in-error'];

/**
 * @param resources anything read from the chart of one patient; what is not understood is left out
 * @param window of the CT the scores are meant for
 */
export function readScoreFacts(resources: readonly unknown[], window: FactWindow): ScoreFacts {
  const facts: Partial<Record<ScoreFactName, ScoreFact>> = {};
  for (const name of Object.keys(FACT_CODES.observations) as FactName[]) {
    const fact = findObservation(resources, name, window) ?? findCondition(resources, name, window);
    if (fact) facts[name] = fact;
  }
  const age = findAge(resources, window.ctStartedAt);
  return age ? { ...facts, ageYears: age } : facts;
}

function findObservation(resources: readonly unknown[], name: FactName, window: FactWindow): ScoreFact | undefined {
  const codes = FACT_CODES.observations[name];
  return resources
    .flatMap((resource) => observation.safeParse(resource).data ?? [])
    .filter((one) => !NOT_COUNTED.includes(one.status) && isCoded(one.code, codes))
    .filter((one) => isInWindow(name, toInstant(one), window))
    .sort((one, other) => toMs(other) - toMs(one))
    .flatMap((one) => toFact(one, name) ?? [])[0];
}

function toFact(one: Observation, name: FactName): ScoreFact | undefined {
  const value =
    name === 'glucose' ? readGlucose(one) : (one.valueBoolean ?? one.valueInteger ?? one.valueQuantity?.value);
  if (value === undefined) return undefined;
  const at = toInstant(one);
  return { value, source: `Observation/${one.id}`, ...(at === undefined ? {} : { at }) };
}

/** In mmol/L; undefined where the unit is not one the table knows. */
function readGlucose({ valueQuantity }: Observation): number | undefined {
  const factor = FACT_CODES.glucoseMmolPerLPerUnit[valueQuantity?.code ?? valueQuantity?.unit ?? ''];
  return factor === undefined || valueQuantity?.value === undefined ? undefined : valueQuantity.value * factor;
}

/** A condition can say that something is there, never that it is absent; it lasts, but must have been known by then. */
function findCondition(resources: readonly unknown[], name: FactName, { to }: FactWindow): ScoreFact | undefined {
  if (name !== 'atrialFibrillation') return undefined;
  const found = resources
    .flatMap((resource) => condition.safeParse(resource).data ?? [])
    .find(
      (one) =>
        isCoded(one.code, FACT_CODES.conditions[name]) &&
        !(Date.parse(one.recordedDate ?? '') > to.getTime()) &&
        !(one.verificationStatus?.coding ?? []).some(({ code }) => REFUTED.includes(code ?? '')),
    );
  if (!found) return undefined;
  const at = found.recordedDate;
  return { value: true, source: `Condition/${found.id}`, ...(at === undefined ? {} : { at }) };
}

function findAge(resources: readonly unknown[], asOf: Date): ScoreFact | undefined {
  const found = resources.flatMap((resource) => patient.safeParse(resource).data ?? [])[0];
  const [, year, monthAndDay] = /^(\d{4})-(\d{2}-\d{2})$/.exec(found?.birthDate ?? '') ?? [];
  if (!found || year === undefined || monthAndDay === undefined) return undefined;
  const today = asOf.toISOString();
  const years = Number(today.slice(0, 4)) - Number(year) - (today.slice(5, 10) < monthAndDay ? 1 : 0);
  return { value: years, source: `Patient/${found.id}` };
}

function isCoded(
  given: z.infer<typeof concept> | undefined,
  wanted: readonly { system: string; code: string }[],
): boolean {
  return (given?.coding ?? []).some((one) =>
    wanted.some(({ system, code }) => one.system === system && one.code === code),
  );
}

function toInstant(one: Observation): string | undefined {
  return one.effectiveDateTime ?? one.effectiveInstant ?? one.issued;
}

/** Offsets differ: instants are compared, not texts. */
function toMs(one: Observation): number {
  return Date.parse(toInstant(one) ?? '');
}
