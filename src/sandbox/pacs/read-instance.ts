/**
 * One DICOM file (PS3.10) as the archive keeps it: the bytes as they came, its place in the hierarchy and its
 * header as DICOM JSON. Pixel data is never parsed here.
 */
import { data, log } from 'dcmjs';
import { Fault } from '../../errors.ts';
import { readText, toDicomJson, type DicomJson } from './dicom-json.ts';

log.setLevel('silent');

export interface StoredInstance {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly metadata: DicomJson;
  /** The file exactly as it was stored. */
  readonly bytes: Uint8Array;
}

const PIXEL_DATA = '7FE00010';
const TRANSFER_SYNTAX = '00020010';

/** True when the bytes carry the DICM mark of PS3.10 7.1; says nothing about the rest. */
export function isDicomFile(bytes: Uint8Array): boolean {
  return bytes.length > 132 && Buffer.from(bytes.subarray(128, 132)).toString('latin1') === 'DICM';
}

/** Throws Fault `dicom-malformed` where the file has no readable header or lacks one of its UIDs. */
export function readInstance(bytes: Uint8Array): StoredInstance {
  if (!isDicomFile(bytes)) throw new Fault('dicom-malformed', 'Not a DICOM file: the DICM mark is missing');
  const { meta, dict } = parse(bytes);
  const metadata = toDicomJson(dict);
  const instance: StoredInstance = {
    studyInstanceUid: readText(metadata, '0020000D'),
    seriesInstanceUid: readText(metadata, '0020000E'),
    sopInstanceUid: readText(metadata, '00080018'),
    sopClassUid: readText(metadata, '00080016'),
    transferSyntaxUid: readText(toDicomJsonMeta(meta), TRANSFER_SYNTAX),
    metadata,
    bytes,
  };
  const uids = [instance.studyInstanceUid, instance.seriesInstanceUid, instance.sopInstanceUid];
  if (uids.includes('') || instance.transferSyntaxUid === '') {
    throw new Fault('dicom-malformed', 'A study, series, instance or transfer syntax UID is missing');
  }
  return instance;
}

function parse(bytes: Uint8Array): ReturnType<typeof data.DicomMessage.readFile> {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  const buffer = (whole ? bytes.buffer : new Uint8Array(bytes).buffer) as ArrayBuffer;
  try {
    return data.DicomMessage.readFile(buffer, { untilTag: PIXEL_DATA, includeUntilTagValue: false });
  } catch (cause) {
    throw new Fault('dicom-malformed', 'The DICOM header cannot be read', { cause });
  }
}

/** The one element of the file meta group that matters here, in the shape readText expects. */
function toDicomJsonMeta(meta: Readonly<Record<string, { vr: string; Value?: unknown[] } | undefined>>): DicomJson {
  const element = meta[TRANSFER_SYNTAX];
  return element ? { [TRANSFER_SYNTAX]: { vr: 'UI', Value: element.Value ?? [] } } : {};
}
