/**
 * The archive itself: instances in memory under study and series. Storing an instance a second time replaces it.
 * Lists come in the order of their UIDs, which is no spatial order: clients must sort by geometry themselves.
 */
import type { StoredInstance } from './read-instance.ts';

export interface InstanceAddress {
  readonly study?: string | undefined;
  readonly series?: string | undefined;
  readonly instance?: string | undefined;
}

export interface InstanceIndex {
  add(instance: StoredInstance): void;
  remove(studyInstanceUid: string): void;
  /** Everything under an address; empty when there is nothing. */
  list(address: InstanceAddress): readonly StoredInstance[];
}

export function createInstanceIndex(): InstanceIndex {
  const instances = new Map<string, StoredInstance>();
  return {
    add(instance) {
      instances.set(instance.sopInstanceUid, instance);
    },
    remove(studyInstanceUid) {
      for (const [uid, instance] of instances) {
        if (instance.studyInstanceUid === studyInstanceUid) instances.delete(uid);
      }
    },
    list({ study, series, instance }) {
      return [...instances.values()]
        .filter(
          (stored) =>
            (study === undefined || stored.studyInstanceUid === study) &&
            (series === undefined || stored.seriesInstanceUid === series) &&
            (instance === undefined || stored.sopInstanceUid === instance),
        )
        .sort((one, other) => (one.sopInstanceUid < other.sopInstanceUid ? -1 : 1));
    },
  };
}
