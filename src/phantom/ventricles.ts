/** Ventricles, choroid plexus and pineal in the average frame; sizes follow the patient's ventricle scale. */
import type { PatientShape } from './patient-shape.ts';
import { compileTube, ellipsoid, tubeDistance, type Tube } from './solids.ts';

const MARGIN = 12;
const SEPTUM_MM = 0.9;

/** One lateral ventricle (x > 0): [frontal horn and body], [atrium, occipital horn], [temporal horn]. */
const FRONTAL_HORN: Tube = [
  [13.5, 33, 5, 1.6],
  [9.5, 26, 8, 3.8],
  [6, 14, 11, 4.6],
  [5, 4, 15, 4.6],
];
const BODY: Tube = [
  [5, 4, 15, 4.6],
  [8.5, -8, 20, 4.8],
  [13, -24, 21, 5],
  [20, -36, 16, 6],
];
const ATRIUM: Tube = [
  [20, -36, 16, 6],
  [25, -44, 9, 7],
  [27, -56, 6, 4.4],
  [25, -68, 4, 2.2],
];
const TEMPORAL_HORN: Tube = [
  [25, -44, 9, 6],
  [31, -36, -3, 3],
  [34, -26, -12, 1.9],
  [33, -14, -18, 1.9],
  [31, -8, -20, 1.4],
];

const TUBES = [FRONTAL_HORN, BODY, ATRIUM].map((tube) => compileTube(tube, MARGIN));
const temporal = compileTube(TEMPORAL_HORN, MARGIN);

export interface Ventricles {
  /** Signed distance to the lumen of all ventricles, 1e3 when far; negative inside. */
  readonly distance: (x: number, y: number, z: number) => number;
  /** Signed distance to calcified choroid plexus or pineal, positive when the patient has none. */
  readonly calcification: (x: number, y: number, z: number) => number;
}

function lateral(x: number, y: number, z: number, scale: number): number {
  let best = 1e3;
  for (const tube of TUBES) best = Math.min(best, tubeDistance(tube, x, y, z, scale));
  return Math.min(best, tubeDistance(temporal, x, y, z, 0.55 + 0.45 * scale * scale));
}

/** The third ventricle: a slit between the thalami, from the foramen of Monro to the pineal recess. */
function third(x: number, y: number, z: number, scale: number): number {
  return ellipsoid(x, y + 11, z + 1, 1.1 + 1.5 * scale * scale, 15, 11);
}

/** The fourth ventricle: a tent behind pons and medulla, and the aqueduct above it. */
function fourth(x: number, y: number, z: number, scale: number): number {
  const tent = ellipsoid(x, y + 43, z + 33, 6.5 * (0.6 + 0.4 * scale), 5 * (0.6 + 0.4 * scale), 10);
  const aqueduct = Math.hypot(x, y + 33 + 0.35 * (z + 12)) - 0.9;
  return z > -24 && z < -6 ? Math.min(tent, aqueduct) : tent;
}

export function createVentricles(shape: PatientShape): Ventricles {
  const scale = shape.ventricleScale;
  return {
    distance: (x, y, z) => {
      const ax = Math.abs(x);
      if (z < -14 && y < -25 && ax < 20) return fourth(x, y, z, scale);
      const side = lateral(ax, y, z, scale);
      const walled = z > 2 && y > -24 ? Math.max(side, SEPTUM_MM - ax) : side;
      return z < 14 ? Math.min(walled, third(x, y, z, scale)) : walled;
    },
    calcification: (x, y, z) => {
      const ax = Math.abs(x);
      const choroid = shape.calcifiedChoroid ? ellipsoid(ax - 23.5, y + 43, z - 10, 2.4, 3.6, 3) : 1e3;
      const pineal = shape.calcifiedPineal ? ellipsoid(x, y + 30, z - 1, 2.1, 2.6, 2.2) : 1e3;
      return Math.min(choroid, pineal);
    },
  };
}
