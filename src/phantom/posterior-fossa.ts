/** Brainstem and cerebellum in the average frame, with the CSF around them. */
import { tentoriumZ } from './cisterns.ts';
import { bandNoise } from './noise-field.ts';
import type { BrainPoint } from './cerebrum.ts';
import type { PatientShape } from './patient-shape.ts';
import type { Sample } from './sample.ts';
import { compileTube, ellipsoid, smoothMin, tubeDistance } from './solids.ts';
import { TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

const peduncle = compileTube(
  [
    [12, -32, -34, 8],
    [24, -50, -37, 9],
  ],
  4,
);
const medulla = compileTube(
  [
    [0, -30, -44, 8.5],
    [0, -38, -62, 6.5],
    [0, -42, -90, 5.5],
  ],
  4,
);

/** Midbrain, pons and medulla as one solid. */
export function brainstemDistance(ax: number, y: number, z: number): number {
  const fossa = ellipsoid(ax, y + 11.5, z + 13, 5, 6, 10);
  const midbrain = Math.max(ellipsoid(ax, y + 24, z + 12, 15.5, 11.5, 17), -fossa);
  const pons = ellipsoid(ax, y + 25, z + 33, 17.5, 12.5, 14);
  return Math.min(smoothMin(midbrain, pons, 5), tubeDistance(medulla, ax, y, z), tubeDistance(peduncle, ax, y, z));
}

/** True where a point belongs below the tentorium or to the brainstem passing through it. */
export function isInfratentorial(ax: number, y: number, z: number): boolean {
  if (y > -10 - 0.55 * Math.max(0, ax - 10)) return false;
  if (ax < 17 && y > -37) return z < -4;
  return z < tentoriumZ(ax, y) && y < -12 - 0.55 * ax;
}

export type PosteriorFossaSampler = (point: BrainPoint, out: Sample) => void;

export function createPosteriorFossa(shape: PatientShape): PosteriorFossaSampler {
  const [ox, oy, oz] = shape.fieldOffset;
  const foliaCsf = 0.25 + 0.5 * shape.atrophy;
  return ({ x, y, z, vaultDepth, floorGap }, out) => {
    const ax = Math.abs(x);
    if (brainstemDistance(ax, y, z) < 0) {
      out.hu = HU.brainstem;
      out.tissue = TISSUE.white;
      out.pialDepth = 5;
      return;
    }
    const wall = Math.min(vaultDepth - 1.6, floorGap * 0.7 - 1.5, (tentoriumZ(ax, y) - z) * 0.9 - 0.3);
    const hemisphere = ellipsoid(ax - 20, y + 62, z + 36, 46, 42, 36);
    const vermis = ellipsoid(ax, y + 60, z + 22, 14, 24, 24);
    const notch = 2.4 - ax + Math.max(0, (y + 88) * 0.3) - Math.max(0, (z + 20) * 0.2);
    const body = Math.max(smoothMin(hemisphere, vermis, 4), -wall, y < -78 ? notch : -1e3);
    const depth = -body;
    out.pialDepth = depth;
    if (depth < 0) {
      out.hu = HU.csf;
      out.tissue = TISSUE.csf;
      return;
    }
    const lobule = bandNoise(x / 16 + ox, y / 16 + oy, z / 9 + oz);
    const folium = Math.sin(depth * 1.5 + 2.6 * lobule + z * 0.8 + y * 0.25);
    const isWhite = depth > 7 + 3 * lobule && ax > 7;
    const crevice = depth < 9 && folium > 0.95 ? foliaCsf * 0.6 : 0;
    out.hu = (isWhite ? HU.cerebellarWhite : HU.cerebellarGrey + 0.7 * folium) * (1 - crevice) + HU.csf * crevice;
    out.tissue = isWhite ? TISSUE.white : TISSUE.grey;
  };
}
