/**
 * What became of a patient, entered by hand: the Observations that the site's report holds predictions against
 * (fhir-profiles/input/fsh/outcomes.fsh). For the demo the thrombectomy is taken to have ended two hours after the
 * latest CT, so that nobody has to wait a day; the Observation says so.
 */
import { readFileSync } from 'node:fs';
import express, { type Router } from 'express';
import type { ImagingStudy, Observation } from '@medplum/fhirtypes';
import { z } from 'zod';
import { TARGETS, type Target } from '../../assessment/domain/target.ts';
import { Fault } from '../../errors.ts';
import { CODE_SYSTEMS, OUTCOME_PROFILES } from '../../fhir/terminology/canonical.ts';
import { OUTCOME_CODES } from '../../monitoring/facts/outcome-codes.ts';
import type { EhrChart } from './ehr-chart.ts';

export interface OutcomeQuestion {
  readonly target: Target;
  readonly display: string;
  readonly values: readonly { readonly code: string; readonly display: string }[];
}

const HOUR_MS = 3_600_000;
const HOURS_TO_THROMBECTOMY_END = 2;
const ASSUMED = 'Demo: the end of the thrombectomy is taken to be two hours after the CT.';

const codeSystem = z.looseObject({ concept: z.array(z.looseObject({ code: z.string(), display: z.string() })) });
const { concept: CONCEPTS } = codeSystem.parse(
  JSON.parse(
    readFileSync(new URL('../../../fhir-profiles/generated/CodeSystem-outcomes.json', import.meta.url), 'utf8'),
  ),
);

const entry = z.strictObject({
  target: z.enum(TARGETS),
  value: z.string(),
  /** From the end of the thrombectomy to the follow-up imaging. */
  hours: z.number().min(0).max(168).default(24),
});

export function createOutcomeRouter(chart: EhrChart): Router {
  const router = express.Router();
  router.get('/outcomes', (_request, response) => response.json(TARGETS.map(toQuestion)));
  router.post('/patients/:id/outcomes', async (request, response) => {
    const given = entry.safeParse(request.body);
    if (!given.success) throw new Fault('request-malformed', z.prettifyError(given.error));
    const written = await chart.create(await toObservation(chart, request.params.id, given.data));
    response.status(201).json({ created: `Observation/${written.id ?? ''}` });
  });
  return router;
}

function toQuestion(target: Target): OutcomeQuestion {
  const { code, positive, negative } = OUTCOME_CODES.outcomes[target];
  const values = [...positive, ...negative].map((one) => ({ code: one, display: findDisplay(one) }));
  return { target, display: findDisplay(code), values };
}

async function toObservation(
  chart: EhrChart,
  patientId: string,
  { target, value, hours }: z.output<typeof entry>,
): Promise<Observation> {
  const question = toQuestion(target);
  if (!question.values.some(({ code }) => code === value)) throw new Fault('request-malformed', 'No such outcome');
  const study = await findLatestCt(chart, patientId);
  const endedAt = Date.parse(study.started ?? '') + HOURS_TO_THROMBECTOMY_END * HOUR_MS;
  const isAfter = target === 'ich-after-evt';
  return {
    resourceType: 'Observation',
    meta: { profile: [OUTCOME_PROFILES[target]] },
    status: 'final',
    code: toConcept(OUTCOME_CODES.outcomes[target].code),
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: isAfter ? new Date(endedAt + hours * HOUR_MS).toISOString() : (study.started ?? ''),
    valueCodeableConcept: toConcept(value),
    ...(target === 'ich-present' && { derivedFrom: [{ reference: `ImagingStudy/${study.id ?? ''}` }] }),
    ...(isAfter && {
      note: [{ text: ASSUMED }],
      component: [{ code: toConcept(OUTCOME_CODES.thrombectomyEnd), valueDateTime: new Date(endedAt).toISOString() }],
    }),
  };
}

async function findLatestCt(chart: EhrChart, patientId: string): Promise<ImagingStudy> {
  const studies = await chart.search<ImagingStudy>(`ImagingStudy?patient=Patient/${patientId}&_sort=-started`);
  const [latest] = studies.filter(({ started }) => started !== undefined);
  if (latest) return latest;
  throw new Fault('not-found', 'This patient has no CT that an outcome could belong to');
}

function toConcept(code: string) {
  const display = findDisplay(code);
  return { coding: [{ system: CODE_SYSTEMS.outcomes, code, display }], text: display };
}

function findDisplay(code: string): string {
  return CONCEPTS.find((one) => one.code === code)?.display ?? code;
}
