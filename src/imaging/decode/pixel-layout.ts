/**
 * How stored pixel cells become signed numbers (PS3.5 8.1.1, PS3.3 C.7.6.3.1): 16 bits allocated, one sample,
 * any BitsStored / HighBit. Anything else is no CT image. Throws Fault `dicom-malformed`.
 */
import { toNumber, toText, type Dataset } from './dataset.ts';
import { malformed } from './element-parser.ts';
import { ATTRIBUTES as A } from './tags.ts';

export interface PixelLayout {
  readonly rows: number;
  readonly columns: number;
  readonly frameCount: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Stored values inside [low, high] are padding (PS3.3 C.7.5.1.1.2); undefined = none declared. */
  readonly padding: readonly [low: number, high: number] | undefined;
}

/** PS3.3 allows 65535; no CT scanner makes more than this, and a bound keeps hostile headers cheap. */
const MAXIMUM_SIDE = 2048;

export function readPixelLayout(dataset: Dataset): PixelLayout {
  const rows = toNumber(dataset, A.rows) ?? 0;
  const columns = toNumber(dataset, A.columns) ?? 0;
  const bitsAllocated = toNumber(dataset, A.bitsAllocated) ?? 0;
  const bitsStored = toNumber(dataset, A.bitsStored) ?? 0;
  const highBit = toNumber(dataset, A.highBit) ?? bitsStored - 1;
  const frameCount = toNumber(dataset, A.numberOfFrames) ?? 1;
  if (rows < 1 || columns < 1 || rows > MAXIMUM_SIDE || columns > MAXIMUM_SIDE) {
    throw malformed(`${String(rows)} x ${String(columns)} pixels is not a CT slice`);
  }
  if ((toNumber(dataset, A.samplesPerPixel) ?? 1) !== 1) throw malformed('more than one sample per pixel');
  if (!['MONOCHROME2', ''].includes(toText(dataset, A.photometricInterpretation))) {
    throw malformed('not MONOCHROME2');
  }
  if (bitsAllocated !== 16) throw malformed(`${String(bitsAllocated)} bits allocated, CT has 16`);
  if (bitsStored < 8 || bitsStored > 16 || highBit > 15 || highBit + 1 < bitsStored) {
    throw malformed('bits stored and high bit contradict each other');
  }
  if (!Number.isInteger(frameCount) || frameCount < 1) throw malformed('no frames');
  const signed = toNumber(dataset, A.pixelRepresentation) === 1;
  return { rows, columns, frameCount, bitsStored, highBit, signed, padding: readPadding(dataset, signed) };
}

function readPadding(dataset: Dataset, signed: boolean): PixelLayout['padding'] {
  const sign = (value: number): number => (signed && value > 0x7fff ? value - 0x10000 : value);
  const stored = toNumber(dataset, A.pixelPaddingValue);
  if (stored === undefined) return undefined;
  const value = sign(stored);
  const limit = sign(toNumber(dataset, A.pixelPaddingRangeLimit) ?? stored);
  return [Math.min(value, limit), Math.max(value, limit)];
}

/** One stored cell as a signed number: the bits below the high bit, sign-extended where Pixel Representation says. */
export function toStoredValue(cell: number, { highBit, bitsStored, signed }: PixelLayout): number {
  const shifted = cell << (31 - highBit);
  return signed ? shifted >> (32 - bitsStored) : shifted >>> (32 - bitsStored);
}
