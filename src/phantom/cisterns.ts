/** Fissures and cisterns of the average frame as signed distances (x >= 0), negative inside the CSF. */
import { bandNoise } from './noise-field.ts';
import type { PatientShape } from './patient-shape.ts';
import { compileTube, ellipsoid, tubeDistance } from './solids.ts';

/** Height of the tentorium; brain above it is cerebrum, below it cerebellum. Valid behind the incisura. */
export function tentoriumZ(ax: number, y: number): number {
  return 1 - 0.2 * Math.max(0, -46 - y) - 0.55 * ax + 0.0018 * ax * ax;
}

const sylvianStem = compileTube(
  [
    [11, 1, -18, 2.4],
    [23, 6, -16, 2.2],
    [36, 9, -10, 2.4],
  ],
  6,
);

export interface Cisterns {
  /** Sylvian fissure: the lateral cleft and the space over the insula. */
  readonly sylvian: (ax: number, y: number, z: number) => number;
  /** Suprasellar, interpeduncular, ambient and quadrigeminal cisterns. */
  readonly basal: (ax: number, y: number, z: number) => number;
}

/** The lateral cleft's height along the fissure. */
export function sylvianZ(y: number): number {
  return -7 + 0.42 * (13 - y);
}

/** x of the insular surface. */
export function insulaX(y: number, z: number): number {
  const dz = z - sylvianZ(y) - 2;
  return 38.5 - 0.006 * (y - 1) * (y - 1) - 0.008 * dz * dz;
}

export function createCisterns(shape: PatientShape): Cisterns {
  const width = 0.7 + 1.7 * shape.atrophy;
  const open = 0.8 + 0.45 * shape.atrophy;
  return {
    sylvian: (ax, y, z) => {
      if (ax < 8 || y > 32 || y < -46 || z < -28 || z > 34) return 1e3;
      const stem = tubeDistance(sylvianStem, ax, y, z, open);
      const dz = z - sylvianZ(y) - 4.5 * bandNoise(ax / 30 + 0.3, y / 26 + 0.7, 0.5);
      const surface = insulaX(y, z);
      const cleft = Math.max(Math.abs(dz) - width * 0.7, surface - ax, y - 27, -40 - y);
      const insular = Math.max(Math.abs(ax - surface - width * 0.5) - width * 0.75, dz - 15, -11 - dz, y - 22, -26 - y);
      return Math.min(stem, cleft, insular);
    },
    basal: (ax, y, z) => {
      if (ax > 26 || y > 22 || y < -54 || z < -34 || z > 8) return 1e3;
      const suprasellar = ellipsoid(ax, y + 1, z + 20, 13 * open, 9.5 * open, 6.5);
      const interpeduncular = ellipsoid(ax, y + 14, z + 18, 5 * open, 5, 7);
      const midbrain = ellipsoid(ax, y + 24, z + 12, 15.5, 11.5, 17);
      const ambient = Math.max(Math.abs(midbrain - 0.75 * open) - 0.75 * open, y + 20, z + 4, -24 - z);
      const quadrigeminal = ellipsoid(ax, y + 41 - 0.02 * ax * ax, z + 6, 14, 3.6 * open, 7.5);
      return Math.min(suprasellar, interpeduncular, ambient, quadrigeminal);
    },
  };
}
