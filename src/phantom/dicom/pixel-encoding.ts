/**
 * How HU become stored values. Scanners differ: signed words, unsigned with an offset, or the 12-bit unsigned form
 * whose header says intercept 0 although 1024 was added (seen in CQ500).
 */
import type { FrameFormat } from './part10.ts';

export type PixelEncoding = 'signed' | 'unsigned-offset' | 'unsigned-12bit' | 'unsigned-12bit-intercept-0';

interface EncodingRule {
  readonly signed: boolean;
  readonly bitsStored: number;
  /** Added to HU before storing. */
  readonly offset: number;
  /** What the header says. */
  readonly rescaleIntercept: number;
  /** Stored value of pixels outside the reconstruction circle; absent where such a scanner writes air there. */
  readonly padding?: number;
  readonly limits: readonly [number, number];
}

export const ENCODING_RULES: Readonly<Record<PixelEncoding, EncodingRule>> = {
  signed: { signed: true, bitsStored: 16, offset: 0, rescaleIntercept: 0, padding: -1500, limits: [-1024, 32767] },
  'unsigned-offset': { signed: false, bitsStored: 16, offset: 1024, rescaleIntercept: -1024, limits: [0, 65535] },
  'unsigned-12bit': { signed: false, bitsStored: 12, offset: 1024, rescaleIntercept: -1024, limits: [0, 4095] },
  'unsigned-12bit-intercept-0': { signed: false, bitsStored: 12, offset: 1024, rescaleIntercept: 0, limits: [0, 4095] },
};

const PADDING_HU = -1024;

/** Stored little-endian words of one slice of HU. */
export function encodePixels(hu: Int16Array, encoding: PixelEncoding): Uint8Array {
  const rule = ENCODING_RULES[encoding];
  const words = new Uint16Array(hu.length);
  const [low, high] = rule.limits;
  for (let i = 0; i < hu.length; i++) {
    const value = hu[i] ?? PADDING_HU;
    const stored = value === PADDING_HU && rule.padding !== undefined ? rule.padding : value + rule.offset;
    words[i] = stored < low && stored !== rule.padding ? low : stored > high ? high : stored;
  }
  return new Uint8Array(words.buffer);
}

export function frameFormat(rows: number, columns: number, encoding: PixelEncoding): FrameFormat {
  const { signed, bitsStored } = ENCODING_RULES[encoding];
  return { rows, columns, bitsAllocated: 16, bitsStored, signed, samplesPerPixel: 1 };
}
