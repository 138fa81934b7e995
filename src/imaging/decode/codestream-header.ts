/**
 * The dimensions a compressed stream claims and its end marker, read before a codec allocates anything:
 * JPEG and JPEG-LS (ITU-T T.81 B.2, T.87 C.2), JPEG 2000 and HTJ2K (T.800 A.5). For JPEG 2000 the tile-part
 * lengths must lead exactly to the end marker, so a stream cut in the middle is seen. Throws Fault `pixels-corrupt`.
 */
import { corrupt } from './pixel-frames.ts';

export interface CodestreamHeader {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly bits: number;
}

const SOF_MARKERS = new Set([0xffc3, 0xfff7]);
const STANDALONE = new Set([0xff01, 0xffd8]);

/** The stream without the one padding byte after FFD9 (PS3.5 A.4: even length; 00 and FF are both in the field). */
export function trimToEndMarker(bytes: Uint8Array): Uint8Array {
  for (const end of [bytes.length, bytes.length - 1]) {
    const padding = bytes[end] ?? 0;
    const isEnd = bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9;
    if (isEnd && (padding === 0 || padding === 0xff)) return bytes.subarray(0, end);
  }
  throw corrupt('the stream has no end marker FFD9');
}

export function readJpegHeader(bytes: Uint8Array): CodestreamHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint16(at);
    if (at === 0 && marker !== 0xffd8) throw corrupt('no start marker FFD8');
    if (STANDALONE.has(marker)) {
      at += 2;
      continue;
    }
    if (marker < 0xffc0) throw corrupt('a marker is missing in the header');
    const length = view.getUint16(at + 2);
    if (SOF_MARKERS.has(marker) && at + 10 <= bytes.length) {
      return {
        bits: view.getUint8(at + 4),
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    }
    at += 2 + length;
  }
  throw corrupt('no lossless frame header');
}

const SIZ = 0xff51;
const SOT = 0xff90;
const SIZ_LEAST_BYTES = 40;

export function readJpeg2000Header(bytes: Uint8Array): CodestreamHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 + SIZ_LEAST_BYTES || view.getUint16(0) !== 0xff4f || view.getUint16(2) !== SIZ) {
    throw corrupt('no JPEG 2000 codestream');
  }
  const tileColumns = view.getUint32(24);
  const tileRows = view.getUint32(28);
  const header = {
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
    bits: (view.getUint8(42) & 0x7f) + 1,
  };
  if (tileColumns < 1 || tileRows < 1) throw corrupt('tiles without size');
  requireWholeTileParts(view);
  return header;
}

function requireWholeTileParts(view: DataView): void {
  const end = view.byteLength - 2;
  let at = 2;
  while (at + 4 <= end) {
    const marker = view.getUint16(at);
    if (marker !== SOT) {
      at += 2 + view.getUint16(at + 2);
      continue;
    }
    const length = at + 10 <= end ? view.getUint32(at + 6) : -1;
    if (length === 0) return;
    if (length < 14 || at + length > end) throw corrupt('a tile part is longer than the stream');
    at += length;
  }
  if (at !== end) throw corrupt('tile parts do not end at the end marker');
}
