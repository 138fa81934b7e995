/** What a PACS integration does when objects arrive in a study the chart knows: the ImagingStudy lists their series. */
import { Operator } from '@medplum/core';
import type { ImagingStudy } from '@medplum/fhirtypes';
import type { SandboxRepository } from '../fhir-server/sandbox-repository.ts';
import { readText } from '../pacs/dicom-json.ts';
import type { StoredInstance } from '../pacs/read-instance.ts';
import { createImagingStudy } from './imaging-study.ts';

/** @param instances all that the archive holds of the study */
export async function refreshImagingStudy(
  repository: SandboxRepository,
  studyInstanceUid: string,
  instances: readonly StoredInstance[],
): Promise<void> {
  const known = await repository.searchOne<ImagingStudy>({
    resourceType: 'ImagingStudy',
    filters: [{ code: 'identifier', operator: Operator.EQUALS, value: `urn:dicom:uid|urn:oid:${studyInstanceUid}` }],
  });
  if (known?.id === undefined) return;
  const modalities = new Set(instances.map(({ metadata }) => readText(metadata, '00080060')));
  const facts = { id: known.id, patientId: '', startedAt: known.started ?? '' };
  const { series, numberOfSeries, numberOfInstances } = createImagingStudy(facts, instances);
  await repository.updateResource<ImagingStudy>({
    ...known,
    ...(series && { series }),
    ...(numberOfSeries !== undefined && { numberOfSeries }),
    ...(numberOfInstances !== undefined && { numberOfInstances }),
    modality: [...modalities].map((code) => ({ system: 'http://dicom.nema.org/resources/ontology/DCM', code })),
  });
}
