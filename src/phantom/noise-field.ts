/**
 * Band-limited random fields on a periodic 64^3 lattice, looked up with trilinear interpolation: the raw material of
 * gyri, patient-to-patient warps and tissue texture. Made once per process from a fixed seed (0.1 s); patients differ
 * by where and at which scale they read it.
 */
import { createRandom } from './random.ts';

const SIZE = 64;
const MASK = SIZE - 1;
/** Dominant wavelength of the field, in lattice cells. */
const WAVELENGTH = 9;

/** A value for a point given in units of the dominant wavelength. */
export type NoiseField = (x: number, y: number, z: number) => number;

function blurAxis(source: Float32Array, stride: number, sigma: number): Float32Array {
  const radius = Math.ceil(3 * sigma);
  const taps = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  const out = new Float32Array(source.length);
  for (let at = 0; at < source.length; at++) {
    const coordinate = Math.floor(at / stride) & MASK;
    const base = at - coordinate * stride;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) {
      sum += (taps[i + radius] ?? 0) * (source[base + ((coordinate + i) & MASK) * stride] ?? 0);
    }
    out[at] = sum / total;
  }
  return out;
}

function blur(source: Float32Array, sigma: number): Float32Array {
  return blurAxis(blurAxis(blurAxis(source, 1, sigma), SIZE, sigma), SIZE * SIZE, sigma);
}

function makeBandField(): Float32Array {
  const random = createRandom(0, 'noise-field');
  const white = Float32Array.from({ length: SIZE ** 3 }, () => random.gaussian());
  const narrow = blur(white, WAVELENGTH * 0.19);
  const wide = blur(narrow, WAVELENGTH * 0.17);
  const band = narrow.map((value, i) => value - (wide[i] ?? 0));
  const deviation = Math.sqrt(band.reduce((sum, value) => sum + value * value, 0) / band.length);
  return band.map((value) => value / deviation);
}

/** Signed distance to the field's zero sheets, in wavelengths: value / |gradient|, clipped to a quarter wave. */
function makeSheetField(band: Float32Array): Float32Array {
  const at = (i: number, j: number, k: number): number =>
    band[((k & MASK) * SIZE + (j & MASK)) * SIZE + (i & MASK)] ?? 0;
  const sheets = new Float32Array(band.length);
  for (let k = 0; k < SIZE; k++)
    for (let j = 0; j < SIZE; j++)
      for (let i = 0; i < SIZE; i++) {
        const slope =
          Math.hypot(
            at(i + 1, j, k) - at(i - 1, j, k),
            at(i, j + 1, k) - at(i, j - 1, k),
            at(i, j, k + 1) - at(i, j, k - 1),
          ) / 2;
        const distance = at(i, j, k) / Math.max(slope, 0.15) / WAVELENGTH;
        sheets[(k * SIZE + j) * SIZE + i] = Math.max(-0.25, Math.min(0.25, distance));
      }
  return sheets;
}

function interpolate(table: Float32Array): NoiseField {
  return (x, y, z) => {
    const u = x * WAVELENGTH;
    const v = y * WAVELENGTH;
    const w = z * WAVELENGTH;
    const i = Math.floor(u);
    const j = Math.floor(v);
    const k = Math.floor(w);
    const fu = u - i;
    const fv = v - j;
    const fw = w - k;
    const i0 = i & MASK;
    const i1 = (i + 1) & MASK;
    const j0 = (j & MASK) * SIZE;
    const j1 = ((j + 1) & MASK) * SIZE;
    const k0 = (k & MASK) * SIZE * SIZE;
    const k1 = ((k + 1) & MASK) * SIZE * SIZE;
    const t = table as unknown as Record<number, number>;
    const a = lerp(t[k0 + j0 + i0] as number, t[k0 + j0 + i1] as number, fu);
    const b = lerp(t[k0 + j1 + i0] as number, t[k0 + j1 + i1] as number, fu);
    const c = lerp(t[k1 + j0 + i0] as number, t[k1 + j0 + i1] as number, fu);
    const d = lerp(t[k1 + j1 + i0] as number, t[k1 + j1 + i1] as number, fu);
    return lerp(lerp(a, b, fv), lerp(c, d, fv), fw);
  };
}

function lerp(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

const band = makeBandField();

/** Mean 0, standard deviation 1. */
export const bandNoise: NoiseField = interpolate(band);

/** Signed distance to meandering sheets, in wavelengths; neighbouring sheets are about half a wavelength apart. */
export const sheetDistance: NoiseField = interpolate(makeSheetField(band));
