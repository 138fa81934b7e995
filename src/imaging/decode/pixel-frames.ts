/**
 * The encoded bytes of each frame, checked for completeness before any codec sees them: native length
 * (PS3.5 8.1.1), fragment framing with its sequence delimiter FFFE,E0DD (PS3.5 A.4). A codec would decode a
 * truncated stream to full-size pixels without a word; here it is named. Throws Fault `pixels-corrupt`.
 */
import { Fault } from '../../errors.ts';
import type { Dataset } from './dataset.ts';
import type { PixelElement } from './part10-reader.ts';
import { ATTRIBUTES as A } from './tags.ts';

export const corrupt = (what: string): Fault => new Fault('pixels-corrupt', `Pixel data: ${what}`);

const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;

interface Fragment {
  /** Offset of the item tag, counted from the first fragment's item tag, as the offset tables count. */
  readonly itemOffset: number;
  readonly bytes: Uint8Array;
}

/** @param frameBytes rows * columns * bytes per pixel of one decoded frame. */
export function splitNativeFrames(pixels: PixelElement, frameCount: number, frameBytes: number): readonly Uint8Array[] {
  const expected = frameCount * frameBytes;
  const length = pixels.length ?? -1;
  if (length !== expected && length !== expected + (expected % 2)) {
    throw corrupt(`${String(length)} bytes where rows x columns x frames need ${String(expected)}`);
  }
  return Array.from({ length: frameCount }, (_, index) => {
    const start = pixels.offset + index * frameBytes;
    return pixels.bytes.subarray(start, start + frameBytes);
  });
}

export function splitEncapsulatedFrames(
  pixels: PixelElement,
  frameCount: number,
  dataset: Dataset,
): readonly Uint8Array[] {
  if (pixels.length !== undefined) throw corrupt('a compressed syntax with native pixel data');
  const [offsetTable, ...fragments] = readFragments(pixels);
  if (!offsetTable || fragments.length === 0) throw corrupt('no fragments');
  if (frameCount === 1) return [join(fragments)];
  if (fragments.length === frameCount) return fragments.map((fragment) => fragment.bytes);
  const offsets = readOffsets(offsetTable.bytes, dataset);
  if (offsets.length !== frameCount) throw corrupt('frames cannot be told apart: no usable offset table');
  return offsets.map((offset, index) => {
    const next = offsets[index + 1] ?? Infinity;
    const own = fragments.filter(({ itemOffset }) => itemOffset >= offset && itemOffset < next);
    if (own[0]?.itemOffset !== offset) throw corrupt('the offset table points between fragments');
    return join(own);
  });
}

function readFragments({ bytes, offset }: PixelElement): readonly Fragment[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments: Fragment[] = [];
  let at = offset;
  let first: number | undefined;
  for (;;) {
    if (at + 8 > bytes.length) throw corrupt('the stream ends without FFFE,E0DD');
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (tag === SEQUENCE_END) return fragments;
    if (tag !== ITEM) throw corrupt('something between fragments is not an item');
    if (at + 8 + length > bytes.length) throw corrupt('a fragment is longer than the file');
    if (fragments.length === 1) first = at;
    fragments.push({ itemOffset: at - (first ?? at), bytes: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
}

/** Extended Offset Table (PS3.3 C.7.6.3.1.8) where there is one, else the Basic Offset Table. */
function readOffsets(basic: Uint8Array, dataset: Dataset): readonly number[] {
  const extended = dataset.numbers(A.extendedOffsetTable);
  if (extended.length > 0) return extended;
  const view = new DataView(basic.buffer, basic.byteOffset, basic.byteLength);
  return Array.from({ length: Math.floor(basic.length / 4) }, (_, index) => view.getUint32(index * 4, true));
}

function join(fragments: readonly Fragment[]): Uint8Array {
  const [only] = fragments;
  if (only && fragments.length === 1) return only.bytes;
  return Buffer.concat(fragments.map((fragment) => fragment.bytes));
}
