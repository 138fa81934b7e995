/**
 * DICOM elements (PS3.5 chapter 7) located inside a byte array, never copied. Every length is held against the
 * bytes that are really there before anything is read; depth and element count are bounded, so a hostile file
 * costs at most a linear walk. Throws Fault `dicom-malformed`.
 */
import { Fault } from '../../errors.ts';
import { PIXEL_DATA_TAG, SEQUENCE_TAGS } from './tags.ts';

export interface Element {
  readonly tag: number;
  readonly offset: number;
  /** Bytes of the value; undefined for an undefined-length value (encapsulated pixel data, sequences). */
  readonly length: number | undefined;
  readonly items: readonly ElementMap[] | undefined;
}

export type ElementMap = ReadonlyMap<number, Element>;

export interface Encoding {
  readonly explicitVr: boolean;
  readonly littleEndian: boolean;
}

export interface ParseResult {
  readonly elements: ElementMap;
  /** Offset after the last element read; at Pixel Data, the offset of its value. */
  readonly end: number;
}

const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const MAXIMUM_DEPTH = 12;
const MAXIMUM_ELEMENTS = 500_000;
/** VRs with a 16-bit length field (PS3.5 table 7.1-2); all others have two reserved bytes and 32 bits. */
const SHORT_VRS = new Set('AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
const IMPLICIT_LITTLE: Encoding = { explicitVr: false, littleEndian: true };

export const malformed = (what: string): Fault => new Fault('dicom-malformed', `DICOM file: ${what}`);

export class ElementParser {
  readonly #view: DataView;
  #budget = MAXIMUM_ELEMENTS;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads elements from `start` until `end`, Pixel Data (kept, not entered) or the first tag above `lastTag`. */
  parse(start: number, end: number, encoding: Encoding, lastTag = PIXEL_DATA_TAG): ParseResult {
    return this.#elements(start, end, encoding, { depth: 0, untilDelimiter: false, lastTag });
  }

  #elements(
    start: number,
    end: number,
    encoding: Encoding,
    within: { depth: number; untilDelimiter: boolean; lastTag: number },
  ): ParseResult {
    const elements = new Map<number, Element>();
    let at = start;
    while (at < end) {
      if (at + 4 <= end && this.#tag(at, encoding.littleEndian) > within.lastTag) return { elements, end: at };
      const head = this.#head(at, end, encoding);
      if (head.tag === ITEM_END && within.untilDelimiter) return { elements, end: head.value };
      const { element, next } = this.#element(head, end, encoding, within.depth);
      if (elements.has(head.tag)) throw malformed('an element stands twice');
      elements.set(head.tag, element);
      if (head.tag === PIXEL_DATA_TAG && within.depth === 0) return { elements, end: element.offset };
      at = next;
    }
    if (within.untilDelimiter) throw malformed('an item has no end');
    return { elements, end: at };
  }

  #element(head: Head, end: number, encoding: Encoding, depth: number): { element: Element; next: number } {
    const { tag, value, length, vr } = head;
    if (--this.#budget < 0) throw malformed('too many elements');
    const isUndefined = length === UNDEFINED_LENGTH;
    if (tag === PIXEL_DATA_TAG && depth === 0) {
      if (!isUndefined && value + length > end) throw malformed('pixel data is longer than the file');
      return { element: { tag, offset: value, length: isUndefined ? undefined : length, items: undefined }, next: end };
    }
    if (!isUndefined && value + length > end) throw malformed('an element is longer than what holds it');
    if (tag === PIXEL_DATA_TAG && isUndefined) {
      return {
        element: { tag, offset: value, length: undefined, items: undefined },
        next: this.#skipFragments(value, end),
      };
    }
    const isSequence = vr === 'SQ' || isUndefined || (vr === undefined && SEQUENCE_TAGS.has(tag));
    if (!isSequence) return { element: { tag, offset: value, length, items: undefined }, next: value + length };
    const inner = vr === 'UN' ? IMPLICIT_LITTLE : encoding;
    const sequence = this.#items(value, isUndefined ? end : value + length, inner, depth + 1, isUndefined);
    const next = isUndefined ? sequence.end : value + length;
    return { element: { tag, offset: value, length: isUndefined ? undefined : length, items: sequence.items }, next };
  }

  #items(start: number, end: number, encoding: Encoding, depth: number, untilDelimiter: boolean) {
    if (depth > MAXIMUM_DEPTH) throw malformed('sequences are nested too deeply');
    const items: ElementMap[] = [];
    let at = start;
    while (at < end) {
      const head = this.#head(at, end, encoding);
      if (head.tag === SEQUENCE_END && untilDelimiter) return { items, end: head.value };
      if (head.tag !== ITEM) throw malformed('a sequence holds something that is not an item');
      if (--this.#budget < 0) throw malformed('too many items');
      const isUndefined = head.length === UNDEFINED_LENGTH;
      const itemEnd = isUndefined ? end : head.value + head.length;
      if (itemEnd > end) throw malformed('an item is longer than its sequence');
      const parsed = this.#elements(head.value, itemEnd, encoding, {
        depth,
        untilDelimiter: isUndefined,
        lastTag: 0xffffffff,
      });
      items.push(parsed.elements);
      at = isUndefined ? parsed.end : itemEnd;
    }
    if (untilDelimiter) throw malformed('a sequence has no end');
    return { items, end: at };
  }

  /** Encapsulated pixels of an icon (PS3.3 F.7): stepped over, never decoded. */
  #skipFragments(start: number, end: number): number {
    let at = start;
    while (at < end) {
      const head = this.#head(at, end, IMPLICIT_LITTLE);
      if (head.tag === SEQUENCE_END) return head.value;
      if (head.tag !== ITEM || head.value + head.length > end) throw malformed('an icon has broken fragments');
      if (--this.#budget < 0) throw malformed('too many fragments');
      at = head.value + head.length;
    }
    throw malformed('an icon has no end');
  }

  #tag(at: number, littleEndian: boolean): number {
    return this.#view.getUint16(at, littleEndian) * 0x10000 + this.#view.getUint16(at + 2, littleEndian);
  }

  #head(at: number, end: number, { explicitVr, littleEndian }: Encoding): Head {
    if (at + 8 > end) throw malformed('it ends inside an element');
    const tag = this.#tag(at, littleEndian);
    const isDelimiter = tag === ITEM || tag === ITEM_END || tag === SEQUENCE_END;
    if (!explicitVr || isDelimiter) {
      return { tag, vr: undefined, value: at + 8, length: this.#view.getUint32(at + 4, littleEndian) };
    }
    const vr = String.fromCharCode(this.#view.getUint8(at + 4), this.#view.getUint8(at + 5));
    if (!/^[A-Z]{2}$/.test(vr)) throw malformed('an explicit VR is not two letters');
    if (SHORT_VRS.has(vr)) return { tag, vr, value: at + 8, length: this.#view.getUint16(at + 6, littleEndian) };
    if (at + 12 > end) throw malformed('it ends inside an element');
    return { tag, vr, value: at + 12, length: this.#view.getUint32(at + 8, littleEndian) };
  }
}

interface Head {
  readonly tag: number;
  readonly vr: string | undefined;
  readonly value: number;
  readonly length: number;
}
