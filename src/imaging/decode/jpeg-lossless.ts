/**
 * JPEG Lossless, Process 14, any predictor (ITU-T T.81 Annex H): transfer syntaxes .57 and .70. Written here
 * because it must be strict: each pixel has to come from bits that are really in the stream, and the last one has
 * to stand right before the end marker. The packaged decoders fill what is missing (ADR 0041).
 * Throws Fault `pixels-corrupt`.
 */
import { EntropyReader, readHuffmanTable, type HuffmanTable } from './jpeg-entropy.ts';
import { corrupt } from './pixel-frames.ts';

interface Scan {
  readonly rows: number;
  readonly columns: number;
  readonly bits: number;
  readonly predictor: number;
  readonly pointTransform: number;
  readonly restartInterval: number;
  readonly table: HuffmanTable;
  readonly entropy: Uint8Array;
}

/** @param bytes one complete stream from FFD8 to FFD9. @returns cells of one frame, row-major. */
export function decodeJpegLossless(bytes: Uint8Array): Uint16Array {
  return decodeScan(readScan(bytes));
}

function readScan(bytes: Uint8Array): Scan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<number, HuffmanTable>();
  let frame: { rows: number; columns: number; bits: number } | undefined;
  let restartInterval = 0;
  let at = 2;
  for (;;) {
    if (at + 4 > bytes.length) throw corrupt('the JPEG header is cut');
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (length < 2 || at + 2 + length > bytes.length) throw corrupt('a JPEG segment is longer than the stream');
    at += 2 + length;
    if (marker === 0xffc4) readHuffmanTables(segment, tables);
    else if (marker === 0xffc3) frame = readFrame(segment);
    else if (marker === 0xffdd) restartInterval = ((segment[0] ?? 0) << 8) | (segment[1] ?? 0);
    else if (marker === 0xffda) {
      const table = tables.get((segment[2] ?? 0) >> 4);
      if (!frame || !table || segment[0] !== 1) throw corrupt('the JPEG scan header contradicts the frame');
      const rest = { predictor: segment[3] ?? 0, pointTransform: (segment[5] ?? 0) & 15, restartInterval, table };
      return { ...frame, ...rest, entropy: bytes.subarray(at) };
    } else if (marker < 0xffc0 || (marker > 0xffc0 && marker < 0xffd0)) throw corrupt('a JPEG process that is not 14');
  }
}

function readFrame(segment: Uint8Array): { rows: number; columns: number; bits: number } {
  const at = (index: number): number => segment[index] ?? 0;
  const frame = { bits: at(0), rows: (at(1) << 8) | at(2), columns: (at(3) << 8) | at(4) };
  if (segment.length < 9 || at(5) !== 1 || frame.bits < 2 || frame.bits > 16) throw corrupt('JPEG frame header');
  return frame;
}

function readHuffmanTables(segment: Uint8Array, tables: Map<number, HuffmanTable>): void {
  let at = 0;
  while (at < segment.length) {
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (at + 17 + total > segment.length) throw corrupt('a Huffman table is cut');
    tables.set((segment[at] ?? 0) & 15, readHuffmanTable(counts, segment.subarray(at + 17, at + 17 + total)));
    at += 17 + total;
  }
}

function decodeScan(scan: Scan): Uint16Array {
  const { rows, columns, predictor, restartInterval, pointTransform } = scan;
  if (predictor < 1 || predictor > 7) throw corrupt('an unknown JPEG predictor');
  if (restartInterval % columns !== 0) throw corrupt('a JPEG restart inside a row (T.81 H.1.1 forbids it)');
  const restartRows = restartInterval / columns;
  const pixels = new Uint16Array(rows * columns);
  const reader = new EntropyReader(scan.entropy);
  let restarts = 0;
  for (let row = 0; row < rows; row++) {
    const isFirst = row === 0 || (restartRows > 0 && row % restartRows === 0);
    if (isFirst && row > 0) reader.restart(restarts++ & 7);
    const start = row * columns;
    if (isFirst) pixels[start] = (1 << (scan.bits - pointTransform - 1)) + reader.readDifference(scan.table);
    else pixels[start] = (pixels[start - columns] ?? 0) + reader.readDifference(scan.table);
    decodeRow(pixels, start + 1, start + columns, columns, isFirst ? 1 : predictor, reader, scan.table);
  }
  reader.requireEnd();
  if (pointTransform > 0) for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i] ?? 0) << pointTransform;
  return pixels;
}

/** Table H.1: the prediction from left (a), above (b) and above left (c). Sums wrap at 16 bits by the array's type. */
function decodeRow(
  pixels: Uint16Array,
  from: number,
  to: number,
  columns: number,
  predictor: number,
  reader: EntropyReader,
  table: HuffmanTable,
): void {
  let a = pixels[from - 1] ?? 0;
  for (let at = from; at < to; at++) {
    let prediction = a;
    if (predictor > 1) {
      const b = pixels[at - columns] ?? 0;
      const c = pixels[at - columns - 1] ?? 0;
      if (predictor === 2) prediction = b;
      else if (predictor === 3) prediction = c;
      else if (predictor === 4) prediction = a + b - c;
      else if (predictor === 5) prediction = a + ((b - c) >> 1);
      else if (predictor === 6) prediction = b + ((a - c) >> 1);
      else prediction = (a + b) >> 1;
    }
    a = (prediction + reader.readDifference(table)) & 0xffff;
    pixels[at] = a;
  }
}
