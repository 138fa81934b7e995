/**
 * Patients as a clinician sees them, read from the chart: the list, the banner, and the CTs on file.
 */
import type { Encounter, ImagingStudy, Patient, Practitioner } from '@medplum/fhirtypes';
import { Fault } from '../../errors.ts';
import type { EhrChart } from './ehr-chart.ts';

export interface PatientSummary {
  readonly id: string;
  readonly name: string;
  readonly ageYears?: number;
  readonly sex: string;
  readonly birthDate?: string;
  readonly recordNumber?: string;
  /** Why they came, from the encounter. */
  readonly reason?: string;
}

export interface CtOnFile {
  readonly id: string;
  readonly studyInstanceUid: string;
  readonly description: string;
  readonly started?: string;
  readonly series: readonly { readonly description: string; readonly modality: string; readonly instances: number }[];
  readonly notes: readonly string[];
}

export interface OpenedPatient {
  readonly summary: PatientSummary;
  readonly practitionerId: string;
  readonly practitionerName: string;
  readonly encounterId?: string;
  readonly location?: string;
  readonly cts: readonly CtOnFile[];
}

export async function listPatients(chart: EhrChart, now: Date): Promise<readonly PatientSummary[]> {
  const [patients, encounters] = await Promise.all([
    chart.search<Patient>('Patient?_count=100'),
    chart.search<Encounter>('Encounter?_count=200'),
  ]);
  return patients
    .map((patient) => summarize(patient, findEncounter(encounters, patient), now))
    .sort((one, other) => (one.recordNumber ?? '').localeCompare(other.recordNumber ?? ''));
}

/** Throws Fault `not-found`. */
export async function openPatient(chart: EhrChart, patientId: string, now: Date): Promise<OpenedPatient> {
  const patient = await chart.read<Patient>('Patient', patientId);
  const reference = `Patient/${patientId}`;
  const [encounters, studies, practitioners] = await Promise.all([
    chart.search<Encounter>(`Encounter?subject=${reference}`),
    chart.search<ImagingStudy>(`ImagingStudy?patient=${reference}&_sort=-started`),
    chart.search<Practitioner>('Practitioner?_count=1'),
  ]);
  const encounter = findEncounter(encounters, patient);
  const [practitioner] = practitioners;
  if (!practitioner?.id) throw new Fault('not-found', 'The sandbox has no practitioner to sign orders');
  const location = encounter?.location?.[0]?.location.display;
  return {
    summary: summarize(patient, encounter, now),
    practitionerId: practitioner.id,
    practitionerName: practitioner.name?.[0]?.text ?? 'Practitioner',
    ...(encounter?.id === undefined ? {} : { encounterId: encounter.id }),
    ...(location === undefined ? {} : { location }),
    cts: studies.map(toCtOnFile),
  };
}

function findEncounter(encounters: readonly Encounter[], patient: Patient): Encounter | undefined {
  return encounters.find((encounter) => encounter.subject?.reference === `Patient/${patient.id ?? ''}`);
}

function summarize(patient: Patient, encounter: Encounter | undefined, now: Date): PatientSummary {
  const [name] = patient.name ?? [];
  const reason = encounter?.reasonCode?.[0]?.text;
  const recordNumber = patient.identifier?.[0]?.value;
  return {
    id: patient.id ?? '',
    name: name?.text ?? [name?.family, name?.given?.join(' ')].filter(Boolean).join(', '),
    sex: patient.gender ?? 'unknown',
    ...(patient.birthDate === undefined
      ? {}
      : { birthDate: patient.birthDate, ageYears: toAgeYears(patient.birthDate, now) }),
    ...(recordNumber === undefined ? {} : { recordNumber }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Completed years of life. */
export function toAgeYears(birthDate: string, now: Date): number {
  const today = now.toISOString().slice(0, 10);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5, 10) ? years - 1 : years;
}

function toCtOnFile(study: ImagingStudy): CtOnFile {
  const uid = study.identifier?.find((identifier) => identifier.system === 'urn:dicom:uid')?.value ?? '';
  return {
    id: study.id ?? '',
    studyInstanceUid: uid.replace(/^urn:oid:/, ''),
    description: study.description ?? 'CT study',
    ...(study.started === undefined ? {} : { started: study.started }),
    series: (study.series ?? []).map((series) => ({
      description: series.description ?? '',
      modality: series.modality.code ?? '',
      instances: series.numberOfInstances ?? series.instance?.length ?? 0,
    })),
    notes: (study.note ?? []).map((note) => note.text),
  };
}
