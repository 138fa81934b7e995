/**
 * A DICOM Part 10 file (PS3.10 chapter 7) as a Dataset plus the place of its pixels. Written here because the
 * reader stands in front of everything a PACS may send: it copies nothing, follows no length it has not checked
 * and inflates at most `maximumInflatedBytes` (ADR 0040). Throws Fault `dicom-malformed`.
 */
import { inflateRawSync } from 'node:zlib';
import { Fault } from '../../errors.ts';
import { allFinite, type Dataset } from './dataset.ts';
import { ElementParser, malformed, type Element, type ElementMap, type Encoding } from './element-parser.ts';
import { PIXEL_DATA_TAG, type Attribute } from './tags.ts';
import { findTransferSyntax, type TransferSyntax } from './transfer-syntaxes.ts';

export interface PixelElement {
  /** The bytes that `offset` counts in (the inflated dataset for a deflated file). */
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** undefined = encapsulated (PS3.5 A.4). */
  readonly length: number | undefined;
}

export interface Part10File {
  readonly transferSyntax: TransferSyntax;
  readonly dataset: Dataset;
  readonly pixelData: PixelElement | undefined;
}

export interface FileMeta {
  readonly transferSyntaxUid: string;
  readonly sopInstanceUid: string;
  /** Offset of the first byte after the file meta information. */
  readonly end: number;
}

const PREAMBLE_BYTES = 128;
const META: Encoding = { explicitVr: true, littleEndian: true };
const META_SOP_INSTANCE: Attribute = { tag: 0x00020003, vr: 'UI' };
const META_TRANSFER_SYNTAX: Attribute = { tag: 0x00020010, vr: 'UI' };
const LAST_META_TAG = 0x0002ffff;
/** Tag (0002,0000) as a little-endian number. */
const GROUP_LENGTH_BYTES = 0x00000002;

/** The file meta group alone: which instance this is and how it is encoded. */
export function readFileMeta(bytes: Uint8Array): FileMeta {
  const start = PREAMBLE_BYTES + 4;
  if (bytes.length < start || String.fromCharCode(...bytes.subarray(PREAMBLE_BYTES, start)) !== 'DICM') {
    throw malformed('no DICM mark after the preamble');
  }
  const metaEnd = findMetaEnd(bytes, start);
  const { elements, end } = new ElementParser(bytes).parse(start, metaEnd, META, LAST_META_TAG);
  const dataset = createElementDataset(bytes, elements, META);
  return {
    transferSyntaxUid: dataset.strings(META_TRANSFER_SYNTAX)[0] ?? '',
    sopInstanceUid: dataset.strings(META_SOP_INSTANCE)[0] ?? '',
    end,
  };
}

/** From the group length (PS3.10 7.1 requires it); without it the next group's tag ends the meta information. */
function findMetaEnd(bytes: Uint8Array, start: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasLength = bytes.length >= start + 12 && view.getUint32(start, true) === GROUP_LENGTH_BYTES;
  if (!hasLength) return bytes.length;
  const end = start + 12 + view.getUint32(start + 8, true);
  if (end > bytes.length) throw malformed('the file meta information is longer than the file');
  return end;
}

export function readPart10(bytes: Uint8Array, limits: { readonly maximumInflatedBytes: number }): Part10File {
  const meta = readFileMeta(bytes);
  const transferSyntax = findTransferSyntax(meta.transferSyntaxUid);
  if (!transferSyntax) throw new UnsupportedTransferSyntax(meta.transferSyntaxUid);
  const body = transferSyntax.deflated ? inflate(bytes.subarray(meta.end), limits.maximumInflatedBytes) : bytes;
  const start = transferSyntax.deflated ? 0 : meta.end;
  const { elements } = new ElementParser(body).parse(start, body.length, transferSyntax);
  const pixels = elements.get(PIXEL_DATA_TAG);
  return {
    transferSyntax,
    dataset: createElementDataset(body, elements, transferSyntax),
    pixelData: pixels && { bytes: body, offset: pixels.offset, length: pixels.length },
  };
}

/** A syntax outside transfer-syntaxes.ts (a video, a private one): a named refusal, not a broken file. */
export class UnsupportedTransferSyntax extends Fault {
  readonly uid: string;

  constructor(uid: string) {
    const shown = /^[0-9.]{1,64}$/.test(uid) ? uid : 'unnamed';
    super('dicom-malformed', `Transfer syntax ${shown} is not decoded here`, { details: { transferSyntax: shown } });
    this.uid = shown;
  }
}

function inflate(bytes: Uint8Array, maximum: number): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maximum });
  } catch (cause) {
    throw new Fault('dicom-malformed', 'DICOM file: the deflated dataset is broken or too large', { cause });
  }
}

const WIDTHS: Partial<Record<Attribute['vr'], number>> = { US: 2, XS: 2, FD: 8, OV: 8 };

function createElementDataset(bytes: Uint8Array, elements: ElementMap, encoding: Encoding): Dataset {
  const text = (element: Element): string => {
    const value = bytes.subarray(element.offset, element.offset + (element.length ?? 0));
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  };
  const strings = (attribute: Attribute): readonly string[] => {
    const element = elements.get(attribute.tag);
    if (!element || element.items) return [];
    const values = text(element).split('\\');
    return values.map((value) => value.replace(/[\s\0]+$/, '').trimStart()).filter((value) => value !== '');
  };
  return {
    strings,
    numbers: (attribute) => {
      const width = WIDTHS[attribute.vr];
      if (width === undefined) return allFinite(strings(attribute).map(Number));
      const element = elements.get(attribute.tag);
      return element?.length === undefined
        ? []
        : readBinary(bytes, element, attribute.vr, encoding.littleEndian, width);
    },
    items: ({ tag }) => (elements.get(tag)?.items ?? []).map((item) => createElementDataset(bytes, item, encoding)),
  };
}

/** XS (US or SS, as Pixel Representation says) is read as unsigned; the reader of padding values sign-extends. */
function readBinary(bytes: Uint8Array, element: Element, vr: Attribute['vr'], littleEndian: boolean, width: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + element.offset, element.length ?? 0);
  const values: number[] = [];
  for (let at = 0; at + width <= view.byteLength; at += width) {
    if (vr === 'FD') values.push(view.getFloat64(at, littleEndian));
    else if (vr === 'OV') values.push(Number(view.getBigUint64(at, littleEndian)));
    else values.push(view.getUint16(at, littleEndian));
  }
  return allFinite(values);
}
