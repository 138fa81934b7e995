/** Large arteries at the base and the dural sinuses. Unenhanced blood is a little denser than brain. */
import { tentoriumZ } from './cisterns.ts';
import { compileTube, smoothstep, tubeDistance, type CompiledTube, type Tube } from './solids.ts';
import { HU } from './tissue-hu.ts';

const INTERNAL_CAROTID: Tube = [
  [16, -8, -36, 2.3],
  [12, 0, -29, 2.3],
  [12, 3, -19, 2],
];
const MIDDLE_CEREBRAL: Tube = [
  [12, 3, -19, 1.7],
  [22, 6, -16.5, 1.6],
  [34, 7, -12, 1.5],
];
const SYLVIAN_BRANCHES: Tube = [
  [34, 7, -12, 1.2],
  [39.5, 2, -4, 1],
  [39.5, -10, 4, 1],
  [38, -22, 11, 0.9],
];
const ANTERIOR_CEREBRAL: Tube = [
  [12, 3, -19, 1.3],
  [3, 12, -17, 1.2],
  [1.8, 26, -6, 1.1],
  [1.8, 37, 6, 1],
  [1.8, 32, 20, 0.9],
  [1.8, 8, 31, 0.8],
];
const BASILAR: Tube = [
  [0, -12.5, -22, 1.8],
  [0, -10.5, -34, 1.8],
  [0, -16, -46, 1.8],
];
const POSTERIOR_CEREBRAL: Tube = [
  [0, -12.5, -22, 1.3],
  [9, -16, -18, 1.2],
  [19, -27, -14, 1.1],
  [18, -42, -6, 1],
];
const VERTEBRAL: Tube = [
  [0, -16, -46, 1.6],
  [7, -24, -58, 1.6],
  [12, -32, -72, 1.6],
];

const compile = (tube: Tube): CompiledTube => compileTube(tube, 2);
const middle = compile(MIDDLE_CEREBRAL);
const branches = compile(SYLVIAN_BRANCHES);
const others = [INTERNAL_CAROTID, ANTERIOR_CEREBRAL, BASILAR, POSTERIOR_CEREBRAL, VERTEBRAL].map(compile);

export interface Vessels {
  /** HU of the vessel at a point, 0 outside every vessel. */
  readonly artery: (x: number, y: number, z: number) => number;
  /** HU of a dural sinus at a point, 0 outside. */
  readonly sinus: (x: number, y: number, z: number, vaultDepth: number) => number;
}

export interface VesselState {
  readonly contrast: 'none' | 'arterial' | 'venous';
  /** Side of an occluded, dense MCA: +1 left, -1 right, 0 none. */
  readonly denseMca: number;
}

export function createVessels({ contrast, denseMca }: VesselState): Vessels {
  const arterial =
    contrast === 'none' ? HU.blood : contrast === 'arterial' ? HU.arterialEnhancement : HU.venousEnhancement;
  const venous = contrast === 'none' ? HU.venousSinus : HU.venousEnhancement;
  return {
    artery: (x, y, z) => {
      const ax = Math.abs(x);
      if (ax > 44 || y > 42 || y < -46 || z > 34) return 0;
      const occluded = denseMca !== 0 && x * denseMca > 0;
      if (tubeDistance(middle, ax, y, z, occluded ? 1.4 : 1) < 0) return occluded ? HU.hyperdenseMca : arterial;
      if (tubeDistance(branches, ax, y, z) < 0)
        return occluded ? (contrast === 'none' ? HU.blood : HU.blood + 40) : arterial;
      for (const tube of others) if (tubeDistance(tube, ax, y, z) < 0) return arterial;
      return 0;
    },
    sinus: (x, y, z, vaultDepth) => {
      const ax = Math.abs(x);
      if (vaultDepth < 8 && z > -22 && y < 60 && ax < 5) {
        const size = 2.5 + 3.5 * smoothstep(60, -60, y);
        if (ax < (size - vaultDepth) * 0.75) return venous;
      }
      if (y < -40 && vaultDepth < 6 && ax > 4) {
        const dz = z - tentoriumZ(ax, y);
        if (dz * dz + (vaultDepth - 1) * (vaultDepth - 1) < 14) return venous;
      }
      if (ax < 2 && y < -44 && Math.abs(z - tentoriumZ(0, y)) < 2) return venous;
      return 0;
    },
  };
}
