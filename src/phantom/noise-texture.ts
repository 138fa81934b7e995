/**
 * Quantum noise as a reconstruction kernel leaves it: Gaussian noise with short-range correlation. Measured on 5 mm
 * soft-kernel head CT: standard deviation 3.8-5.5 HU, correlation 0.83 / 0.52 / 0.24 at 0.33 / 0.66 / 0.99 mm.
 * One periodic tile per study is read at random places and orientations, so slices do not repeat visibly.
 */
import type { Random } from './random.ts';

export interface NoiseTexture {
  /** Adds noise of the given standard deviation (HU, per pixel) to one slice. */
  readonly add: (slice: Float32Array, deviation: (index: number) => number, random: Random) => void;
}

/** Correlation length of the soft kernel as the sigma of a Gaussian, in mm. */
const SOFT_SIGMA_MM = 0.41;

function smoothTile(tile: Float32Array, size: number, sigmaPx: number): Float32Array {
  if (sigmaPx < 0.2) return tile;
  const radius = Math.ceil(3 * sigmaPx);
  const bell = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigmaPx ** 2)));
  const total = bell.reduce((sum, tap) => sum + tap, 0);
  const taps = bell.map((tap) => tap / total);
  const pass = (source: Float32Array, along: 1 | 0): Float32Array => {
    const out = new Float32Array(source.length);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let t = -radius; t <= radius; t++) {
          const from = along === 1 ? i * size + ((j + t + size) % size) : ((i + t + size) % size) * size + j;
          sum += (taps[t + radius] ?? 0) * (source[from] ?? 0);
        }
        out[i * size + j] = sum;
      }
    return out;
  };
  return pass(pass(tile, 1), 0);
}

/** Scales a tile to standard deviation 1. */
function normalise(tile: Float32Array): Float32Array {
  let sum = 0;
  for (const value of tile) sum += value * value;
  const scale = 1 / Math.sqrt(sum / tile.length);
  return tile.map((value) => value * scale);
}

export function createNoiseTexture(
  matrix: number,
  pixelMm: number,
  kernel: 'soft' | 'bone',
  random: Random,
): NoiseTexture {
  const size = Math.max(64, Math.min(512, 2 ** Math.ceil(Math.log2(matrix))));
  const white = Float32Array.from({ length: size * size }, random.gaussian);
  let tile: Float32Array;
  if (kernel === 'soft') {
    const fine = normalise(smoothTile(white, size, SOFT_SIGMA_MM / pixelMm));
    const coarse = smoothTile(fine, size, 2.5 * (SOFT_SIGMA_MM / pixelMm));
    tile = normalise(fine.map((value, i) => value - 0.5 * (coarse[i] ?? 0)));
  } else {
    const blurred = smoothTile(white, size, 0.6);
    tile = normalise(white.map((value, i) => 0.4 * value + 0.6 * (blurred[i] ?? 0)));
  }
  const mask = size - 1;
  return {
    add: (slice, deviation, draw) => {
      const oi = Math.floor(draw.next() * size);
      const oj = Math.floor(draw.next() * size);
      const swap = draw.chance(0.5);
      const sign = draw.chance(0.5) ? 1 : -1;
      for (let i = 0; i < matrix; i++)
        for (let j = 0; j < matrix; j++) {
          const from = swap
            ? ((j + oi) & mask) * size + ((i + oj) & mask)
            : ((i + oi) & mask) * size + ((j + oj) & mask);
          const at = i * matrix + j;
          slice[at] = (slice[at] ?? 0) + sign * (tile[from] ?? 0) * deviation(at);
        }
    },
  };
}
