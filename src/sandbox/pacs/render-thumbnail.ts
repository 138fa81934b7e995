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
const SIDE_PX = 96;

/** PNG bytes, or undefined where no instance can be drawn. */
export function renderThumbnail(instances: readonly StoredInstance[]): Buffer | undefined {
  const axial = instances
    .filter((stored) => UNCOMPRESSED.has(stored.transferSyntaxUid) && readText(stored.metadata, '00080060') === 'CT')
    .filter(({ metadata }) => !(metadata['00080008']?.Value ?? []).includes('LOCALIZER'))
    .sort((one, other) => readHeightMm(one) - readHeightMm(other));
  const middle = axial[Math.floor(axial.length * 0.55)];
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
      const at = 2 * (Math.floor((y * rows) / SIDE_PX) * columns + Math.floor((x * columns) / SIDE_PX));
      const hu = slope * (signed ? view.getInt16(at, true) : view.getUint16(at, true)) + intercept;
      const grey = (255 * (hu - BRAIN_WINDOW_HU.low)) / (BRAIN_WINDOW_HU.high - BRAIN_WINDOW_HU.low);
      pixels[y * SIDE_PX + x] = Math.max(0, Math.min(255, grey));
    }
  }
  return pixels;
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
