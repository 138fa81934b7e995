/**
 * Small CT files for tests of this room, written by dcmjs (through the phantom's writer) and therefore independent of
 * the reader under test; and frames encoded by the packaged codecs.
 */
import codecs from 'dcmjs-codecs';
import type { NaturalDataset } from 'dcmjs';
import { writePart10 } from '../../src/phantom/dicom/part10.ts';
import type { TransferSyntaxName } from '../../src/phantom/dicom/transfer-syntax.ts';

const { Context, NativeCodecs } = codecs;

export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

export interface SmallSlice {
  readonly side?: number;
  readonly pixels?: Int16Array;
  readonly syntax?: TransferSyntaxName;
  readonly dataset?: NaturalDataset;
}

export function smallDataset(more: NaturalDataset = {}): NaturalDataset {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    SOPClassUID: CT_IMAGE_STORAGE,
    SOPInstanceUID: '1.2.3.4.1',
    Modality: 'CT',
    PatientID: 'P-1',
    SliceThickness: 5,
    KVP: 120,
    ConvolutionKernel: 'STANDARD',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.4',
    ImagePositionPatient: [-10, -12, 35],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelSpacing: [0.5, 0.5],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    RescaleIntercept: 0,
    RescaleSlope: 1,
    ...more,
  };
}

/** A ramp from -1000 up, so that every pixel differs from its neighbours. */
export function rampPixels(side: number): Int16Array {
  return Int16Array.from({ length: side * side }, (_, index) => -1000 + ((index * 7) % 3000));
}

export function writeSmallSlice({
  side = 16,
  pixels = rampPixels(side),
  syntax = 'explicit-le',
  dataset,
}: SmallSlice = {}) {
  const format = {
    rows: side,
    columns: side,
    bitsAllocated: 16,
    bitsStored: 16,
    signed: true,
    samplesPerPixel: 1,
  } as const;
  const natural = smallDataset({ Rows: side, Columns: side, ...dataset });
  return writePart10(natural, [new Uint8Array(pixels.buffer)], format, syntax);
}

export type Encoder = 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'rle';

export async function encodeFrame(
  pixels: Uint16Array,
  [rows, columns]: readonly [number, number],
  encoder: Encoder,
  parameters: Record<string, unknown> = {},
): Promise<Uint8Array> {
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync();
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated: 16,
    bitsStored: 16,
    samplesPerPixel: 1,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    decodedBuffer: new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength),
  });
  const encode = {
    jpeg: () => NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1, pointTransform: 0, ...parameters }),
    'jpeg-ls': () => NativeCodecs.encodeJpegLs(context, { lossy: false, allowedLossyError: 0, ...parameters }),
    'jpeg-2000': () => NativeCodecs.encodeJpeg2000(context, { lossy: false, progressionOrder: 2, ...parameters }),
    htj2k: () => NativeCodecs.encodeHtJpeg2000(context, { lossy: false, progressionOrder: 2, ...parameters }),
    rle: () => NativeCodecs.encodeRle(context, {}),
  }[encoder];
  const encoded = encode().getEncodedBuffer();
  if (!encoded) throw new Error(`the ${encoder} encoder returned nothing`);
  return Uint8Array.from(encoded);
}

/** Something like a head: a bright ring, grey matter, noise. */
export function noisyDisc(rows: number, columns: number): Uint16Array {
  let state = 12345;
  const noise = (): number => (state = (state * 1103515245 + 12345) % 2147483648) % 17;
  return Uint16Array.from({ length: rows * columns }, (_, index) => {
    const [y, x] = [Math.floor(index / columns) - rows / 2, (index % columns) - columns / 2];
    const r = Math.hypot(y, x) / Math.min(rows, columns);
    return r > 0.45 ? 24 : (r > 0.4 ? 2000 : 1060) + noise();
  });
}
