/**
 * RLE Lossless (PS3.5 Annex G) for 16-bit cells, in place of the packaged codec because that one fills a truncated
 * stream with zeros: here every segment must yield exactly rows*columns bytes. Throws Fault `pixels-corrupt`.
 */
import { corrupt } from './pixel-frames.ts';

const HEADER_BYTES = 64;
const SEGMENTS = 2;
/** A segment is padded to even length, and so is the fragment that holds the last one. */
const PADDING_BYTES = 2;

/** @returns the cells of one frame; the first segment holds the high bytes (G.2). */
export function decodeRleLossless(bytes: Uint8Array, pixelCount: number): Uint16Array {
  if (bytes.length < HEADER_BYTES) throw corrupt('RLE header is cut');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== SEGMENTS) throw corrupt('RLE has not two segments');
  const starts = [view.getUint32(4, true), view.getUint32(8, true)] as const;
  if (starts[0] < HEADER_BYTES || starts[1] < starts[0] || starts[1] > bytes.length) {
    throw corrupt('RLE segments lie outside the stream');
  }
  const cells = new Uint16Array(pixelCount);
  decodeSegment(bytes.subarray(starts[0], starts[1]), cells, 8);
  decodeSegment(bytes.subarray(starts[1]), cells, 0);
  return cells;
}

function decodeSegment(segment: Uint8Array, cells: Uint16Array, shift: 0 | 8): void {
  let [from, to] = [0, 0];
  while (to < cells.length) {
    const control = segment[from++];
    if (control === undefined) throw corrupt('an RLE segment ends early');
    if (control === 128) continue;
    const isLiteral = control < 128;
    const count = isLiteral ? control + 1 : 257 - control;
    const needed = isLiteral ? count : 1;
    if (from + needed > segment.length) throw corrupt('an RLE run is cut');
    if (to + count > cells.length) throw corrupt('an RLE segment is longer than the frame');
    for (let i = 0; i < count; i++) {
      const byte = segment[isLiteral ? from + i : from] ?? 0;
      cells[to + i] = (cells[to + i] ?? 0) | (byte << shift);
    }
    from += needed;
    to += count;
  }
  if (segment.length - from > PADDING_BYTES) throw corrupt('an RLE segment holds more than the frame');
}
