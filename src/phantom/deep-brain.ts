/**
 * Deep grey nuclei and the white matter between them, in the average frame for x >= 0 (both sides alike; asymmetry
 * comes from the patient's bend). Coordinates follow common stereotactic space.
 */
import { HU } from './tissue-hu.ts';
import type { PatientShape } from './patient-shape.ts';
import { compileTube, ellipsoid, tubeDistance, type Tube } from './solids.ts';

const CAUDATE: Tube = [
  [12.5, 20, 1, 5.2],
  [14, 14, 8, 5.6],
  [15.5, 4, 15, 3.6],
  [18, -10, 20, 2.4],
  [22, -26, 19, 1.8],
];
const caudate = compileTube(CAUDATE, 4);

/** The internal capsule in an axial slice: a blade with its knee at the foramen of Monro. */
function capsuleDistance(x: number, y: number): number {
  const anterior = Math.abs((x - 13) * 0.72 - (y - 3) * 0.5) - 2.1;
  const posterior = Math.abs((x - 13) * 0.83 + (y - 3) * 0.5) - 2.6;
  return y > 3 ? anterior : posterior;
}

export interface DeepBrain {
  /** HU of the nucleus or capsule at a point, 0 where ordinary white matter lies. */
  readonly sample: (ax: number, y: number, z: number) => number;
  /** Signed distance to the lentiform nucleus, caudate and capsule region, for infarct and hemorrhage placement. */
  readonly lentiform: (ax: number, y: number, z: number) => number;
}

/** The putamen: a shell convex to the outside, flattened toward the pallidum. */
function putamenDistance(x: number, y: number, z: number): number {
  return ellipsoid(x - 25.5 + 0.0035 * (y - 2) * (y - 2), y - 3, z - 1, 5.6, 17, 12);
}

function pallidumDistance(x: number, y: number, z: number): number {
  return ellipsoid(x - 19.5, y + 3, z + 1, 4.6, 8.5, 6.5);
}

function thalamusDistance(x: number, y: number, z: number): number {
  return ellipsoid(x - 11 + 0.22 * (y + 18), y + 18, z - 7, 8.6, 14.5, 9.5);
}

export function createDeepBrain(shape: PatientShape): DeepBrain {
  const pallidumHu = shape.calcifiedPallidum ? HU.deepGrey + 30 : HU.deepGrey + 1;
  return {
    sample: (ax, y, z) => {
      if (ax > 40 || y > 40 || y < -40 || z < -16 || z > 30) return 0;
      if (tubeDistance(caudate, ax, y, z) < 0) return HU.deepGrey;
      if (thalamusDistance(ax, y, z) < 0 && ax > 1.2) return HU.thalamus;
      const capsule = capsuleDistance(ax, y);
      if (capsule < 0 && z > -8 && z < 24 && y > -22 && y < 24 && ax > 9 && ax < 30) return HU.internalCapsule;
      if (pallidumDistance(ax, y, z) < 0) return pallidumHu;
      if (putamenDistance(ax, y, z) < 0) return HU.deepGrey;
      const claustrum = Math.abs(ellipsoid(ax - 24, y - 3, z - 1, 9.6, 20, 15)) - 0.55;
      if (claustrum < 0 && ax > 29) return HU.deepGrey - 2;
      return 0;
    },
    lentiform: (ax, y, z) => Math.min(putamenDistance(ax, y, z), pallidumDistance(ax, y, z)),
  };
}
