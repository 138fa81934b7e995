/**
 * ImagingStudy and Endpoint as a PACS integration writes them, made from the headers the archive holds
 * (FHIR R4 ImagingStudy; one Endpoint with the DICOMweb base address).
 */
import type { Endpoint, ImagingStudy } from '@medplum/fhirtypes';
import { readNumber, readText } from '../pacs/dicom-json.ts';
import type { StoredInstance } from '../pacs/read-instance.ts';
import { TEST_DATA } from './patient-resources.ts';

export const ENDPOINT_ID = 'sandbox-pacs';

export function createPacsEndpoint(pacsUrl: string): Endpoint {
  return {
    resourceType: 'Endpoint',
    id: ENDPOINT_ID,
    status: 'active',
    connectionType: {
      system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
      code: 'dicom-wado-rs',
    },
    name: 'Sandbox archive (DICOMweb)',
    payloadType: [{ text: 'DICOM' }],
    payloadMimeType: ['application/dicom'],
    address: pacsUrl,
  };
}

export interface ImagingStudyFacts {
  readonly id: string;
  readonly patientId: string;
  readonly encounterId?: string;
  /** ISO 8601 instant put into the chart; the headers stay as they are. */
  readonly startedAt: string;
  readonly note?: string;
}

/** Built from all instances of one study. */
export function createImagingStudy(facts: ImagingStudyFacts, instances: readonly StoredInstance[]): ImagingStudy {
  const [first] = instances;
  const groups = new Map<string, StoredInstance[]>();
  for (const instance of instances) {
    const group = groups.get(instance.seriesInstanceUid);
    if (group) group.push(instance);
    else groups.set(instance.seriesInstanceUid, [instance]);
  }
  const description = first && readText(first.metadata, '00081030');
  return {
    resourceType: 'ImagingStudy',
    id: facts.id,
    // As where the images came at once: a seeded CT has long arrived (SandboxRepository.seedResource keeps the date).
    meta: { ...TEST_DATA, lastUpdated: facts.startedAt },
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${first?.studyInstanceUid ?? ''}` }],
    status: 'available',
    modality: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' }],
    subject: { reference: `Patient/${facts.patientId}` },
    ...(facts.encounterId === undefined ? {} : { encounter: { reference: `Encounter/${facts.encounterId}` } }),
    started: facts.startedAt,
    endpoint: [{ reference: `Endpoint/${ENDPOINT_ID}` }],
    numberOfSeries: groups.size,
    numberOfInstances: instances.length,
    ...(description === undefined || description === '' ? {} : { description }),
    ...(facts.note === undefined ? {} : { note: [{ text: facts.note }] }),
    series: [...groups.values()].map((group) => toSeries(group)),
  };
}

/** Body part is left to whoever wants to believe the header: SCT 69536005 only where BodyPartExamined says head. */
const HEAD = { system: 'http://snomed.info/sct', code: '69536005', display: 'Head structure' };

function toSeries(group: readonly StoredInstance[]): NonNullable<ImagingStudy['series']>[number] {
  const [first] = group;
  const metadata = first?.metadata ?? {};
  const description = readText(metadata, '0008103E');
  const number = readNumber(metadata, '00200011');
  return {
    uid: first?.seriesInstanceUid ?? '',
    modality: {
      system: 'http://dicom.nema.org/resources/ontology/DCM',
      code: readText(metadata, '00080060') || 'OT',
    },
    numberOfInstances: group.length,
    ...(number === undefined ? {} : { number }),
    ...(description === '' ? {} : { description }),
    ...(readText(metadata, '00180015').toUpperCase() === 'HEAD' ? { bodySite: HEAD } : {}),
  };
}
