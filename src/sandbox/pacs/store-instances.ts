/**
 * STOW-RS (PS3.18 10.5): what came in, what was stored and what was refused, as a DICOM JSON response dataset.
 */
import { toFault } from '../../errors.ts';
import type { DicomJson } from './dicom-json.ts';
import { findBoundary, readMultipart } from './multipart.ts';
import { readInstance, type StoredInstance } from './read-instance.ts';

/** Failure Reason (0008,1197): 0xA900 dataset does not match, 0xC000 cannot understand (PS3.4 B.2.3). */
const FAILURE = { wrongStudy: 0xa900, unreadable: 0xc000 } as const;

export interface StoreRequest {
  readonly contentType: string;
  readonly body: Buffer;
  /** Study of the address; instances of another study are refused. */
  readonly study: string | undefined;
  readonly baseUrl: string;
}

export interface StoreAnswer {
  /** 200 all stored, 202 some, 409 none. */
  readonly status: 200 | 202 | 409;
  readonly dataset: DicomJson;
  readonly stored: readonly StoredInstance[];
}

/** Throws Fault `request-malformed` when the message is no readable multipart/related. */
export function storeInstances(request: StoreRequest): StoreAnswer {
  const boundary = findBoundary(request.contentType) ?? '';
  const stored: StoredInstance[] = [];
  const failed: DicomJson[] = [];
  for (const part of readMultipart(request.body, boundary)) {
    const instance = tryRead(new Uint8Array(part.body));
    if (!instance) failed.push({ '00081197': { vr: 'US', Value: [FAILURE.unreadable] } });
    else if (request.study !== undefined && instance.studyInstanceUid !== request.study) {
      failed.push({ ...toReference(instance), '00081197': { vr: 'US', Value: [FAILURE.wrongStudy] } });
    } else stored.push(instance);
  }
  return {
    status: toStatus(stored.length, failed.length),
    dataset: toDataset(stored, failed, request.baseUrl),
    stored,
  };
}

function tryRead(bytes: Uint8Array): StoredInstance | undefined {
  try {
    return readInstance(bytes);
  } catch (error) {
    if (toFault(error).code === 'dicom-malformed') return undefined;
    throw error;
  }
}

function toStatus(stored: number, failed: number): StoreAnswer['status'] {
  if (stored === 0) return 409;
  return failed === 0 ? 200 : 202;
}

function toReference(instance: StoredInstance): DicomJson {
  return {
    '00081150': { vr: 'UI', Value: [instance.sopClassUid] },
    '00081155': { vr: 'UI', Value: [instance.sopInstanceUid] },
  };
}

function toDataset(stored: readonly StoredInstance[], failed: readonly DicomJson[], baseUrl: string): DicomJson {
  const dataset: DicomJson = {};
  if (stored.length > 0) {
    dataset['00081199'] = {
      vr: 'SQ',
      Value: stored.map((instance) => ({
        ...toReference(instance),
        '00081190': {
          vr: 'UR',
          Value: [
            `${baseUrl}/studies/${instance.studyInstanceUid}/series/${instance.seriesInstanceUid}` +
              `/instances/${instance.sopInstanceUid}`,
          ],
        },
      })),
    };
  }
  if (failed.length > 0) dataset['00081198'] = { vr: 'SQ', Value: failed };
  return dataset;
}
