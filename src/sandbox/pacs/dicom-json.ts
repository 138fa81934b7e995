/**
 * DICOM JSON Model (PS3.18 Annex F) out of what dcmjs parsed. Bulk data never gets in: binary values above a
 * kilobyte and everything from Pixel Data on are left out, so that metadata of a thousand instances stays small.
 */
export interface DicomJsonElement {
  vr: string;
  Value?: readonly unknown[];
  InlineBinary?: string;
}

/** Tag as eight hexadecimal digits -> element. */
export type DicomJson = Record<string, DicomJsonElement>;

export interface ParsedElement {
  vr: string;
  Value?: readonly unknown[] | undefined;
}

const BINARY_VRS = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);
const MAXIMUM_INLINE_BYTES = 1024;

/** dcmjs leaves a mark here where it stopped reading. */
const PIXEL_DATA = '7FE00010';

/** Converts a parsed dataset; group lengths and file meta (groups 0000, 0002) are not part of the model. */
export function toDicomJson(dataset: Readonly<Record<string, ParsedElement | undefined>>): DicomJson {
  const json: DicomJson = {};
  for (const [tag, element] of Object.entries(dataset)) {
    if (!element || tag === PIXEL_DATA || !/^[0-9A-F]{8}$/.test(tag) || tag.endsWith('0000') || tag.startsWith('0002'))
      continue;
    const converted = toElement(element);
    if (converted) json[tag] = converted;
  }
  return json;
}

function toElement({ vr, Value }: ParsedElement): DicomJsonElement | undefined {
  if (BINARY_VRS.has(vr)) return toInlineBinary(vr, Value?.[0]);
  const values = (Value ?? []).map((value) => toValue(vr, value));
  while (values.length > 0 && values.at(-1) === null) values.pop();
  return values.length === 0 ? { vr } : { vr, Value: values };
}

function toInlineBinary(vr: string, value: unknown): DicomJsonElement | undefined {
  if (!(value instanceof ArrayBuffer) || value.byteLength === 0) return { vr };
  if (value.byteLength > MAXIMUM_INLINE_BYTES) return undefined;
  return { vr, InlineBinary: Buffer.from(value).toString('base64') };
}

function toValue(vr: string, value: unknown): unknown {
  if (value === '' || value === undefined || value === null || Number.isNaN(value)) return null;
  if (vr === 'SQ') return toDicomJson(value as Record<string, ParsedElement>);
  if (vr === 'AT' && typeof value === 'number') return value.toString(16).toUpperCase().padStart(8, '0');
  if (vr === 'PN') return typeof value === 'string' ? { Alphabetic: value } : value;
  return value;
}

/** First value of an element as text; '' when it is absent or empty. */
export function readText(json: DicomJson, tag: string): string {
  const value = json[tag]?.Value?.[0];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null && 'Alphabetic' in value) return String(value.Alphabetic);
  return '';
}

/** First value of an element as a number; undefined when it is absent or no number. */
export function readNumber(json: DicomJson, tag: string): number | undefined {
  const text = readText(json, tag);
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}
