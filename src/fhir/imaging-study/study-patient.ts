/**
 * Whose study it is. R4 allows a Device or a Group as subject too (a phantom of quality assurance), and the same id on
 * another server is somebody else: only a Patient of a server whose ids are ours counts, and nothing else is guessed.
 */
import { isSameServer } from '../../assessment/domain/same-server.ts';
import type { ImagingStudyFacts } from './imaging-study-schema.ts';

/** FHIR R4 references#literal: relative or absolute, with or without a version. */
const PATIENT = /^(?:(https?:\/\/[^?#]+)\/)?Patient\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;

/**
 * FHIR id of the patient; undefined where the subject is none of this chart's.
 * @param servers base addresses that an absolute reference may have
 */
export function findStudyPatient(study: ImagingStudyFacts, servers: readonly string[]): string | undefined {
  const [, server, patientId] = PATIENT.exec(study.subject.reference ?? '') ?? [];
  if (server === undefined) return patientId;
  return servers.some((known) => isSameServer(known, server)) ? patientId : undefined;
}
