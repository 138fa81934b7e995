/** Where seeding puts things: the sandbox's FHIR server and archive, seen as two verbs. */
import type { Resource } from '@medplum/fhirtypes';
import type { StoredInstance } from '../pacs/read-instance.ts';

export interface SeedTarget {
  /** Kept under the id it carries. */
  addResource(resource: Resource): Promise<void>;
  /** Throws Fault `dicom-malformed`. */
  storeInstance(bytes: Uint8Array): StoredInstance;
}
