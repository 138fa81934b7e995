/**
 * From anatomy to slices as a CT scanner gives them: averaging over the slice thickness, point spread of the kernel,
 * noise with the kernel's texture, headrest, artifacts, and padding outside the reconstruction circle.
 * With the soft kernel anatomy is sampled at about 0.9 mm and upsampled: its point spread hides anything finer.
 */
import type { Anatomy } from './anatomy.ts';
import { addArtifacts } from './artifacts.ts';
import type { Artifact } from './lesion.ts';
import { blurSlice, doubleSlice } from './image-filter.ts';
import { headrestHu } from './headrest.ts';
import { createNoiseTexture } from './noise-texture.ts';
import { createRandom } from './random.ts';
import { createSample } from './sample.ts';
import type { ScanGeometry } from './scan-geometry.ts';
import { TISSUE } from './tissue-label.ts';

export interface ScannerSettings {
  readonly seed: number;
  readonly kernel: 'soft' | 'bone';
  readonly artifacts: readonly Artifact[];
  readonly noise: number;
}

export interface ScannedVolume {
  readonly hu: Int16Array;
  readonly tissue: Uint8Array;
  readonly lesions: Uint8Array;
}

const PADDING_HU = -1024;
const LOWEST_HU = -1023;
const HIGHEST_HU = 3071;
/** In-plane offsets (in pixels) of the samples spread over the slice thickness. */
const JITTER = [
  [-0.25, 0.125],
  [0.125, -0.375],
  [-0.125, 0.375],
  [0.375, -0.125],
] as const;

interface CoarseSlice {
  readonly hu: Float32Array;
  readonly tissue: Uint8Array;
  readonly lesions: Uint8Array;
}

/** Samples over the slice thickness; more on the upper vault, where bone runs nearly along the slice. */
function passCount(geometry: ScanGeometry, slice: number): number {
  if (geometry.sliceThicknessMm < 3) return 1;
  if (geometry.columns <= 160) return 2;
  const isVault = (geometry.tablePositionsMm[slice] ?? 0) > 62 && geometry.orientation[4] > 0.5;
  return (geometry.columns > 300 ? 4 : 2) * (isVault ? 2 : 1);
}

/** Averages the anatomy over one slice on a grid of `matrix` squared points. */
function sampleSlice(anatomy: Anatomy, geometry: ScanGeometry, slice: number, matrix: number): CoarseSlice {
  const pixel = (geometry.pixelSpacingMm * geometry.columns) / matrix;
  const [rx, ry, rz, cx, cy, cz] = geometry.orientation;
  const nx = ry * cz - rz * cy;
  const ny = rz * cx - rx * cz;
  const nz = rx * cy - ry * cx;
  const first = geometry.positionsMm[slice] ?? [0, 0, 0];
  const edge = (pixel - geometry.pixelSpacingMm) / 2;
  const thick = geometry.sliceThicknessMm;
  const count = passCount(geometry, slice);
  const hu = new Float32Array(matrix * matrix);
  const tissue = new Uint8Array(hu.length);
  const lesions = new Uint8Array(hu.length);
  const out = createSample();
  const radius = (matrix / 2) * (matrix / 2);
  for (let pass = 0; pass < count; pass++) {
    const [ji, jj] = count === 1 ? [0, 0] : (JITTER[pass % JITTER.length] ?? [0, 0]);
    const lift = ((pass + 0.5) / count - 0.5) * thick;
    for (let i = 0; i < matrix; i++)
      for (let j = 0; j < matrix; j++) {
        const at = i * matrix + j;
        const di = i + 0.5 - matrix / 2;
        const dj = j + 0.5 - matrix / 2;
        if (di * di + dj * dj > radius) continue;
        const u = (j + jj) * pixel + edge;
        const v = (i + ji) * pixel + edge;
        anatomy.sample(
          first[0] + u * rx + v * cx + lift * nx,
          first[1] + u * ry + v * cy + lift * ny,
          first[2] + u * rz + v * cz + lift * nz,
          pixel,
          out,
        );
        hu[at] = (hu[at] ?? 0) + out.hu / count;
        if (pass === count >> 1) {
          tissue[at] = out.tissue;
          lesions[at] = out.lesion;
        }
      }
  }
  return { hu, tissue, lesions };
}

function doubleLabels(labels: Uint8Array, matrix: number): Uint8Array {
  const out = new Uint8Array(labels.length * 4);
  for (let i = 0; i < 2 * matrix; i++)
    for (let j = 0; j < 2 * matrix; j++) out[i * 2 * matrix + j] = labels[(i >> 1) * matrix + (j >> 1)] ?? 0;
  return out;
}

/** Standard deviation of the noise in HU for a slice of this thickness. */
function noiseDeviation(geometry: ScanGeometry, kernel: 'soft' | 'bone'): number {
  const thick = Math.sqrt(5 / Math.max(0.5, geometry.sliceThicknessMm));
  const pixel = Math.min(1.2, Math.sqrt(0.45 / geometry.pixelSpacingMm));
  return (kernel === 'soft' ? 3.9 : 19) * Math.min(thick, 2) * pixel;
}

/** What surrounds every slice: HU to add to air for the headrest, NaN outside the reconstruction circle. */
function createBackground({ rows: matrix, pixelSpacingMm, orientation }: ScanGeometry): Float32Array {
  const half = matrix / 2;
  const isAxial = orientation[4] > 0.5;
  const background = new Float32Array(matrix * matrix);
  for (let i = 0; i < matrix; i++)
    for (let j = 0; j < matrix; j++) {
      const di = i + 0.5 - half;
      const dj = j + 0.5 - half;
      const rest = isAxial ? headrestHu(dj * pixelSpacingMm, di * pixelSpacingMm) : 0;
      background[i * matrix + j] = di * di + dj * dj > half * half ? Number.NaN : rest;
    }
  return background;
}

/** Rounds to stored HU, within what a scanner writes. */
function finishSlice(slice: Float32Array, tissue: Uint8Array, background: Float32Array, out: Int16Array): void {
  for (let at = 0; at < out.length; at++) {
    const around = background[at] ?? 0;
    const value = Math.round((slice[at] ?? 0) + (tissue[at] === TISSUE.air ? around : 0));
    out[at] = Number.isNaN(around)
      ? PADDING_HU
      : value < LOWEST_HU
        ? LOWEST_HU
        : value > HIGHEST_HU
          ? HIGHEST_HU
          : value;
  }
}

export function scan(anatomy: Anatomy, geometry: ScanGeometry, settings: ScannerSettings): ScannedVolume {
  const { rows: matrix, sliceCount, pixelSpacingMm } = geometry;
  const random = createRandom(settings.seed, `scan/${settings.kernel}/${String(geometry.sliceThicknessMm)}`);
  const texture = createNoiseTexture(matrix, pixelSpacingMm, settings.kernel, random);
  const halved = settings.kernel === 'soft' && matrix > 300 && matrix % 2 === 0;
  const coarse = halved ? matrix / 2 : matrix;
  const sigmaPx = (settings.kernel === 'soft' ? 0.42 : 0.2) / pixelSpacingMm;
  const base = noiseDeviation(geometry, settings.kernel) * settings.noise;
  const size = matrix * matrix;
  const volume = {
    hu: new Int16Array(size * sliceCount),
    tissue: new Uint8Array(size * sliceCount),
    lesions: new Uint8Array(size * sliceCount),
  };
  const background = createBackground(geometry);
  for (let k = 0; k < sliceCount; k++) {
    const raw = sampleSlice(anatomy, geometry, k, coarse);
    const spread = blurSlice(raw.hu, coarse, halved ? sigmaPx / 2 : sigmaPx);
    let slice = halved ? doubleSlice(spread, coarse) : spread;
    const tissue = halved ? doubleLabels(raw.tissue, coarse) : raw.tissue;
    slice = addArtifacts(slice, { geometry, slice: k, artifacts: settings.artifacts, seed: settings.seed });
    texture.add(slice, (at) => base * (tissue[at] === TISSUE.air ? 0.55 : 1), random);
    volume.tissue.set(tissue, k * size);
    volume.lesions.set(halved ? doubleLabels(raw.lesions, coarse) : raw.lesions, k * size);
    finishSlice(slice, tissue, background, volume.hu.subarray(k * size, (k + 1) * size));
  }
  return volume;
}
