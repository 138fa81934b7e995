/**
 * What a result takes over from the CT it is about: the patient, study and trial modules as the archive has them today
 * (never as they were when the CT was analysed: a corrected name must not come back), and what a reader must know about
 * the source's pixels. An allow-list: nothing else of the source is copied.
 */
import type { DicomElements } from 'dcmjs';
import { z } from 'zod';
import { Fault } from '../../errors.ts';
import { createJsonDataset, parseDicomJsonObjects, type JsonObject } from '../decode/json-dataset.ts';
import { toText, type Dataset } from '../decode/dataset.ts';
import { ATTRIBUTES } from '../decode/tags.ts';
import type { ImageReference } from './content-items.ts';

/** Type 2 of PS3.3 C.7.1.1 and C.7.2.1: there, if need be empty. */
const ALWAYS: DicomElements = {
  '00080020': { vr: 'DA' },
  '00080030': { vr: 'TM' },
  '00080050': { vr: 'SH' },
  '00080090': { vr: 'PN' },
  '00100010': { vr: 'PN' },
  '00100020': { vr: 'LO' },
  '00100030': { vr: 'DA' },
  '00100040': { vr: 'CS' },
  '00200010': { vr: 'SH' },
};

/** PS3.3 C.7.1.1, C.7.2.1, C.7.2.2, C.7.1.3, C.7.2.3, and Synthetic Data and Timezone Offset of C.12.1. */
const COPIED = [
  ...Object.keys(ALWAYS),
  ...['0008001C', '00080051', '00080201', '00081030', '00081032', '0020000D'],
  ...['00100021', '00100022', '00100024', '00101002', '00101010'],
  ...['00120010', '00120020', '00120021', '00120030', '00120031', '00120040', '00120042', '00120050', '00120051'],
  ...['00120062', '00120063', '00120064'],
];

const TIMEZONE_OFFSET = '00080201';
const elementSchema = z.object({ vr: z.string().length(2), Value: z.array(z.unknown()).optional() });

export interface SourceHeader {
  /** Patient and study, ready to be written. */
  readonly copied: DicomElements;
  /** `+0100`: what the source's dates and times are in; undefined where it does not say. */
  readonly timezoneOffset: string | undefined;
  /** Burned In Annotation, Recognizable Visual Features, Lossy Image Compression of any instance of the source. */
  readonly saysBurnedIn: boolean;
  readonly saysRecognizable: boolean;
  readonly saysLossy: boolean;
  findImage(sopInstanceUid: string): ImageReference;
}

/** @param metadata WADO-RS metadata of the series. Throws Fault `pacs-answer-malformed`, `dicom-malformed`. */
export function readSourceHeader(metadata: Uint8Array): SourceHeader {
  const objects = parseDicomJsonObjects(metadata);
  const [first] = objects;
  if (!first) throw new Fault('dicom-malformed', 'The analysed series has no instances any more');
  const datasets = objects.map((object) => createJsonDataset(object));
  const classes = new Map(
    datasets.map((dataset) => [toText(dataset, ATTRIBUTES.sopInstanceUid), toText(dataset, ATTRIBUTES.sopClassUid)]),
  );
  const says = (attribute: keyof typeof ATTRIBUTES, word: string) =>
    datasets.some((dataset: Dataset) => toText(dataset, ATTRIBUTES[attribute]).toUpperCase() === word);
  const copied = { ...ALWAYS, ...pickElements(first, COPIED) };
  const offset = copied[TIMEZONE_OFFSET]?.Value?.[0];
  return {
    copied,
    timezoneOffset: typeof offset === 'string' && /^[+-]\d{4}$/.test(offset) ? offset : undefined,
    saysBurnedIn: says('burnedInAnnotation', 'YES'),
    saysRecognizable: says('recognizableVisualFeatures', 'YES'),
    saysLossy: says('lossyImageCompression', '01'),
    findImage(sopInstanceUid) {
      const sopClassUid = classes.get(sopInstanceUid);
      if (sopClassUid === undefined || sopClassUid === '') {
        throw new Fault('dicom-malformed', 'A slice that was analysed is not in the series any more');
      }
      return { sopClassUid, sopInstanceUid };
    },
  };
}

function pickElements(object: JsonObject, tags: readonly string[]): DicomElements {
  const picked: DicomElements = {};
  for (const tag of tags) {
    const element = elementSchema.safeParse(object[tag]);
    if (element.success) picked[tag] = toElement(element.data);
  }
  return picked;
}

/** Items of sequences are datasets themselves; bulk data and inline binaries stay behind. */
function toElement({ vr, Value }: z.infer<typeof elementSchema>): DicomElements[string] {
  if (Value === undefined) return { vr };
  if (vr !== 'SQ') return { vr, Value };
  return {
    vr,
    Value: Value.map((value) => {
      const item = z.record(z.string(), z.unknown()).safeParse(value);
      return item.success ? pickElements(item.data, Object.keys(item.data)) : {};
    }),
  };
}
