/**
 * Is this the study that was asked for, of the patient it was asked for? Metadata are held against the request here,
 * every file against its metadata in decode-instance.ts. A mix-up is a refusal before any pixel is fetched.
 */
import { abstain, type Abstention } from '../assessment/domain/abstention.ts';
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { CatalogEntry } from './series-catalog.ts';

export function findIdentityFault(
  study: CtStudy,
  { facts, instances, unwanted, expectedCount }: CatalogEntry,
): Abstention | undefined {
  const isOther = instances.some(
    ({ studyInstanceUid, seriesInstanceUid }) =>
      studyInstanceUid !== study.studyInstanceUid || seriesInstanceUid !== facts.seriesInstanceUid,
  );
  if (isOther) return abstain('patient-mismatch', 'The PACS answered with instances of another study or series');
  const patientIds = new Set(instances.map(({ patientId }) => patientId));
  if (patientIds.size > 1) return abstain('patient-mismatch', 'One series carries several Patient IDs');
  const known = study.patientIdentifiers ?? [];
  // Patient ID may be empty (PS3.3 C.7.1.1, type 2): a CT without one names nobody, and cannot name somebody else.
  if (known.length > 0 && ![...patientIds].every((id) => id === '' || known.includes(id))) {
    return abstain('patient-mismatch', "The CT's Patient ID is none of the patient's identifiers in the chart");
  }
  if (new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid)).size !== instances.length) {
    return abstain('slice-geometry-inconsistent', 'The series lists an instance twice');
  }
  const count = instances.length + unwanted.length;
  if (expectedCount !== undefined && count < expectedCount) {
    const found = `${String(count)} of ${String(expectedCount)} instances`;
    return abstain('study-incomplete', `The PACS holds ${found} that the chart lists`);
  }
  return undefined;
}
