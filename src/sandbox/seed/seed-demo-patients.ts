/**
 * Fills the sandbox: for each demo patient the phantom's CT goes into the archive and the chart into the FHIR
 * server. Times are relative to now, so that every CT lies before the order that is about to be signed.
 */
import { createCtStudy } from '../../phantom/ct-study.ts';
import { STORIES } from '../../phantom/stories.ts';
import { createImagingStudy } from './imaging-study.ts';
import type { DemoPatient } from './demo-patient.ts';
import { createChartResources, createNgal } from './patient-resources.ts';
import type { SeedTarget } from './seed-target.ts';

/** Returns the patient's FHIR id. Heavy: about a second of arithmetic per CT. */
export async function seedDemoPatient(target: SeedTarget, demo: DemoPatient, now: Date): Promise<string> {
  const ageYears = demo.ageYears ?? (demo.story ? STORIES[demo.story].ageYears : 60);
  const birthDate = `${String(now.getUTCFullYear() - ageYears)}-01-01`;
  const ctAt = new Date(now.getTime() - (demo.ctMinutesBeforeNow ?? 0) * 60_000);
  const onsetAt = new Date(now.getTime() - demo.onsetHoursBeforeNow * 3_600_000);
  const arrivedAt = new Date((onsetAt.getTime() + ctAt.getTime()) / 2);
  const resources = createChartResources({
    id: demo.id,
    family: demo.family,
    given: demo.given,
    gender: demo.gender,
    birthDate,
    recordNumber: demo.recordNumber,
    reason: demo.reason,
    location: demo.location,
    onsetAt: onsetAt.toISOString(),
    arrivedAt: arrivedAt.toISOString(),
    ...(demo.story === undefined ? {} : { ctReadAt: new Date(ctAt.getTime() + 8 * 60_000).toISOString() }),
    facts: demo.facts,
  });
  for (const resource of resources) await target.addResource(resource);
  if (demo.ngalNgPerMl !== undefined) {
    await target.addResource(createNgal(demo.id, demo.ngalNgPerMl, arrivedAt.toISOString()));
  }
  if (demo.story === undefined) return demo.id;

  const study = await createCtStudy({
    seed: demo.seed,
    story: demo.story,
    startedAt: ctAt.toISOString(),
    patient: {
      patientId: demo.recordNumber,
      patientName: `${demo.family}^${demo.given}`.toUpperCase(),
      birthDate: birthDate.replaceAll('-', ''),
      sex: demo.gender === 'female' ? 'F' : 'M',
    },
  });
  const instances = study.series.flatMap((series) => series.instances.map(({ bytes }) => target.storeInstance(bytes)));
  const facts = {
    id: `${demo.id}-ct`,
    patientId: demo.id,
    encounterId: `${demo.id}-encounter`,
    startedAt: ctAt.toISOString(),
    note: 'Synthetic CT, made by arithmetic',
  };
  await target.addResource(createImagingStudy(facts, instances));
  return demo.id;
}
