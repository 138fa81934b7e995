/**
 * A demo patient's chart before anybody orders anything: Patient, Encounter, Condition and the few Observations
 * the scores need. All of it is synthetic and labelled HTEST (v3-ActReason, test health data).
 */
import type { Condition, Encounter, Observation, Patient, Practitioner, Resource } from '@medplum/fhirtypes';
import { FACT_CODES, type FactName } from '../../assessment/scores/fact-codes.ts';

export const PRACTITIONER_ID = 'demo-practitioner';
export const RECORD_NUMBER_SYSTEM = 'urn:thrombectomy-cds:sandbox:record-number';

/** Test health data (HL7 v3-ActReason HTEST), as FHIR R4 security labels name it. */
export const TEST_DATA = {
  security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }],
};

export interface ChartStory {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
  /** YYYY-MM-DD; left out where nobody knows. */
  readonly birthDate?: string;
  readonly recordNumber: string;
  readonly reason: string;
  readonly location: string;
  readonly onsetAt?: string;
  readonly arrivedAt: string;
  /** When the CT was read; the arrival where there is none. */
  readonly ctReadAt?: string;
  readonly facts: { readonly [Name in FactName]?: number | boolean | undefined };
}

export function createPractitioner(): Practitioner {
  return {
    resourceType: 'Practitioner',
    id: PRACTITIONER_ID,
    meta: TEST_DATA,
    name: [{ text: 'Dr. Ada Sample, Neurointervention', family: 'Sample', given: ['Ada'] }],
  };
}

export function createChartResources(story: ChartStory): readonly Resource[] {
  const subject = { reference: `Patient/${story.id}` };
  const encounter = { reference: `Encounter/${story.id}-encounter` };
  const patient: Patient = {
    resourceType: 'Patient',
    id: story.id,
    meta: TEST_DATA,
    identifier: [{ system: RECORD_NUMBER_SYSTEM, value: story.recordNumber }],
    name: [{ text: `${story.family}, ${story.given}`, family: story.family, given: [story.given] }],
    gender: story.gender,
    ...(story.birthDate === undefined ? {} : { birthDate: story.birthDate }),
  };
  const visit: Encounter = {
    resourceType: 'Encounter',
    id: `${story.id}-encounter`,
    meta: TEST_DATA,
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EMER', display: 'emergency' },
    subject,
    period: { start: story.arrivedAt },
    reasonCode: [{ text: story.reason }],
    location: [{ location: { display: story.location } }],
  };
  const diagnosis: Condition = {
    resourceType: 'Condition',
    id: `${story.id}-stroke`,
    meta: TEST_DATA,
    clinicalStatus: activeStatus(),
    code: { text: 'Acute stroke syndrome, under work-up' },
    subject,
    encounter,
    ...(story.onsetAt === undefined ? {} : { onsetDateTime: story.onsetAt }),
  };
  const observations = Object.entries(story.facts).flatMap(([name, value]) =>
    value === undefined ? [] : [createObservation(story, name as FactName, value)],
  );
  return [patient, visit, diagnosis, ...observations];
}

function activeStatus(): NonNullable<Condition['clinicalStatus']> {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] };
}

const SHORT_NAMES: Readonly<Record<FactName, string>> = {
  nihss: 'NIHSS',
  aspects: 'ASPECTS',
  glucose: 'Glucose',
  denseArterySign: 'Dense artery sign',
  earlyInfarctSigns: 'Early infarct signs',
  atrialFibrillation: 'Atrial fibrillation on ECG',
};

/** What is read from the CT; everything else was noted on arrival. */
const READ_FROM_CT: readonly FactName[] = ['aspects', 'denseArterySign', 'earlyInfarctSigns'];

function createObservation(story: ChartStory, name: FactName, value: number | boolean): Observation {
  const [coding] = FACT_CODES.observations[name];
  return {
    resourceType: 'Observation',
    id: `${story.id}-${name.toLowerCase()}`,
    meta: TEST_DATA,
    status: 'final',
    code: {
      coding: coding ? [{ system: coding.system, code: coding.code, display: coding.display }] : [],
      text: SHORT_NAMES[name],
    },
    subject: { reference: `Patient/${story.id}` },
    encounter: { reference: `Encounter/${story.id}-encounter` },
    effectiveDateTime: (READ_FROM_CT.includes(name) ? story.ctReadAt : undefined) ?? story.arrivedAt,
    ...toValue(name, value),
  };
}

function toValue(name: FactName, value: number | boolean): Partial<Observation> {
  if (typeof value === 'boolean') return { valueBoolean: value };
  if (name !== 'glucose') return { valueInteger: value };
  return { valueQuantity: { value, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' } };
}

/** LCN2 by its NCBI gene number, as src/assessment/biomarkers maps it. */
export function createNgal(patientId: string, ngPerMl: number, at: string): Observation {
  return {
    resourceType: 'Observation',
    id: `${patientId}-ngal`,
    meta: TEST_DATA,
    status: 'final',
    code: { coding: [{ system: 'http://www.ncbi.nlm.nih.gov/gene', code: '3934' }], text: 'NGAL (LCN2)' },
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: at,
    valueQuantity: { value: ngPerMl, unit: 'ng/mL', system: 'http://unitsofmeasure.org', code: 'ng/mL' },
  };
}
