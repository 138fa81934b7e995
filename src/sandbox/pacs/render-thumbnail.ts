/**
 * The middle axial slice of a series as a small PNG in the brain window, for lists (PS3.18 10.4.1.1.5).
 * Only little-endian uncompressed 16-bit files; anything else has no thumbnail. It draws single axial slices,
 * never a surface.
 */
import { crc32, deflateSync } from 'node:zlib';
import { readNumber, readText } from './dicom-json.ts';
import type { StoredInstance } from './read-instance.ts';

const UNCOMPRESSED = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1']);
const BRAIN_WINDOW_HU = { low: 0, high: 80 } as const;
const SIDE_PX = 128;
/** Share of the stack below the slice that is drawn: the level of the ventricles in a whole head. */
const LEVEL = 0.45;

/** PNG bytes, or undefined where no instance can be drawn. */
export function renderThumbnail(instances: readonly StoredInstance[]): Buffer | undefined {
  const axial = instances
    .filter((stored) => UNCOMPRESSED.has(stored.transferSyntaxUid) && readText(stored.metadata, '00080060') === 'CT')
    .filter(({ metadata }) => !(metadata['00080008']?.Value ?? []).includes('LOCALIZER'))
    .sort((one, other) => readHeightMm(one) - readHeightMm(other));
  const middle = axial[Math.floor(axial.length * LEVEL)];
  const pixels = middle && readPixels(middle);
  return pixels && writePng(pixels);
}

function readHeightMm({ metadata }: StoredInstance): number {
  return Number(metadata['00200032']?.Value?.[2] ?? 0);
}

function readPixels({ metadata, bytes }: StoredInstance): Uint8Array | undefined {
  const [rows, columns] = [readNumber(metadata, '00280010'), readNumber(metadata, '00280011')];
  if (rows === undefined || columns === undefined || readNumber(metadata, '00280100') !== 16) return undefined;
  const length = rows * columns * 2;
  if (bytes.length < length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - length, length);
  const [slope, intercept] = [readNumber(metadata, '00281053') ?? 1, readNumber(metadata, '00281052') ?? 0];
  const signed = readNumber(metadata, '00280103') === 1;
  const pixels = new Uint8Array(SIDE_PX * SIDE_PX);
  for (let y = 0; y < SIDE_PX; y += 1) {
    for (let x = 0; x < SIDE_PX; x += 1) {
      const stored = averageBlock(view, [rows, columns], [y, x], signed);
      const hu = slope * stored + intercept;
      const grey = (255 * (hu - BRAIN_WINDOW_HU.low)) / (BRAIN_WINDOW_HU.high - BRAIN_WINDOW_HU.low);
      pixels[y * SIDE_PX + x] = Math.max(0, Math.min(255, grey));
    }
  }
  return pixels;
}

/** Mean of the stored values under one thumbnail pixel: noise would drown the brain otherwise. */
function averageBlock(view: DataView, size: [number, number], [y, x]: [number, number], signed: boolean): number {
  const [top, bottom] = [Math.floor((y * size[0]) / SIDE_PX), Math.ceil(((y + 1) * size[0]) / SIDE_PX)];
  const [left, right] = [Math.floor((x * size[1]) / SIDE_PX), Math.ceil(((x + 1) * size[1]) / SIDE_PX)];
  let sum = 0;
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const at = 2 * (row * size[1] + column);
      sum += signed ? view.getInt16(at, true) : view.getUint16(at, true);
    }
  }
  return sum / ((bottom - top) * (right - left));
}

function writePng(grey: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE_PX, 0);
  header.writeUInt32BE(SIDE_PX, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc(SIDE_PX * (SIDE_PX + 1));
  for (let y = 0; y < SIDE_PX; y += 1) rows.set(grey.subarray(y * SIDE_PX, (y + 1) * SIDE_PX), y * (SIDE_PX + 1) + 1);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    writeChunk('IHDR', header),
    writeChunk('IDAT', deflateSync(rows)),
    writeChunk('IEND', Buffer.alloc(0)),
  ]);
}

function writeChunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
