/**
 * What lies outside the cranial cavity: orbits with globes, nasal cavity and sinuses, temporal bone with air cells,
 * muscles, fat and skin. Average frame, x >= 0 mirrored. Enough for a reader to recognise the lower slices.
 */
import { bandNoise, sheetDistance } from './noise-field.ts';
import type { PatientShape } from './patient-shape.ts';
import type { Sample } from './sample.ts';
import { compileTube, ellipsoid, tubeDistance, type Tube } from './solids.ts';
import { TISSUE, type TissueLabel } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

const compile = (tube: Tube): ReturnType<typeof compileTube> => compileTube(tube, 3);
const opticNerve = compile([
  [31, 48, -34, 2.2],
  [12, 20, -27, 2.2],
]);
const recti = [
  compile([
    [21, 56, -34, 1.2],
    [16, 38, -31, 2.4],
    [10, 20, -27, 1.5],
  ]),
  compile([
    [44, 56, -35, 1.2],
    [34, 38, -31, 2.2],
    [14, 20, -27, 1.5],
  ]),
  compile([
    [32, 56, -23, 1.2],
    [24, 38, -24, 2.2],
    [12, 20, -25, 1.5],
  ]),
  compile([
    [32, 56, -46, 1.2],
    [24, 38, -41, 2.2],
    [12, 20, -29, 1.5],
  ]),
];
const faceBones = [
  compile([
    [50, 58, -26, 4.2],
    [52, 56, -46, 4.5],
    [60, 38, -50, 3.6],
    [66, 8, -46, 2.6],
    [67, -12, -44, 2.8],
  ]),
  compile([
    [50, -8, -48, 4.5],
    [50, -6, -60, 4],
    [49, 0, -92, 4.5],
  ]),
  compile([
    [15, 10, -50, 2.4],
    [17, 14, -84, 2],
  ]),
  compile([
    [3, 78, -22, 2.2],
    [4, 88, -40, 1.8],
  ]),
  compile([
    [19, -27, -58, 5],
    [22, -30, -70, 6],
  ]),
];
const earCanal = compile([
  [44, -22, -45, 3],
  [56, -23, -44, 3],
  [84, -24, -44, 4],
]);

function set(out: Sample, hu: number, tissue: TissueLabel): true {
  out.hu = hu;
  out.tissue = tissue;
  return true;
}

const bone = (out: Sample, hu = HU.corticalBone): true => set(out, hu, TISSUE.bone);
const air = (out: Sample): true => set(out, HU.air, TISSUE.air);

/** Bone honeycombed with air: walls along random sheets. */
function airCells(x: number, y: number, z: number, sizeMm: number, wallMm: number, out: Sample): true {
  const wall = Math.abs(sheetDistance(x / sizeMm, y / sizeMm, z / sizeMm)) * sizeMm;
  return wall < wallMm ? bone(out, 700) : air(out);
}

/** The orbit: a cone of fat from apex to rim with thin walls. */
function orbit(ax: number, y: number, z: number, out: Sample): boolean {
  if (ax > 58 || ax < 4 || y < 14 || y > 84 || z > -8 || z < -60) return false;
  const t = (y - 18) / 54;
  const radius = Math.min(20, 3.5 + 25 * t);
  const distance = Math.hypot(ax - 10 - 22 * t, (z + 26 + 9 * t) * 1.05) - radius;
  if (distance > (ax > 10 + 22 * t ? 2.4 : 1)) return false;
  if (distance > 0) return t > 1.02 ? false : bone(out, ax > 10 + 22 * t ? 1100 : 500);
  const globe = ellipsoid(ax - 32, y - 61, z + 34, 12.2, 12.2, 12.2);
  if (globe < 0) {
    if (ellipsoid(ax - 32, y - 69, z + 34, 4.6, 2, 4.6) < 0) return set(out, HU.lens, TISSUE.other);
    return set(out, globe > -1.3 ? HU.sclera : HU.vitreous, TISSUE.other);
  }
  if (y > 68) return set(out, y > 72 ? HU.skin : 20, TISSUE.scalp);
  if (tubeDistance(opticNerve, ax, y, z) < 0) return set(out, HU.skin, TISSUE.other);
  for (const muscle of recti) if (tubeDistance(muscle, ax, y, z) < 0) return set(out, HU.muscle, TISSUE.other);
  return set(out, HU.fat, TISSUE.scalp);
}

/** Nasal cavity, ethmoid cells, sphenoid and maxillary sinuses, nasopharynx. */
function airways(x: number, y: number, z: number, out: Sample): boolean {
  const ax = Math.abs(x);
  if (ax > 46 || y < -14 || y > 92 || z > -22) return false;
  const sphenoid = ellipsoid(ax - 7, y - 4, z + 42, 8.5, 11, 8);
  if (sphenoid < 0) return sphenoid > -0.8 || Math.abs(x - 1.5) < 0.6 ? bone(out, 500) : air(out);
  const maxillary = ellipsoid(ax - 30, y - 42, z + 64, 13.5, 17, 15);
  if (maxillary < 1.3) return maxillary > 0 ? bone(out, 800) : air(out);
  if (ax < 13 - 0.05 * (y - 15) && y > 14 && y < 74 && z < -25) {
    if (z > -46) return airCells(x, y, z, 15, 0.8, out);
    if (ax < 0.9) return bone(out, 350);
    const turbinate = ellipsoid(ax - 6, y - 42, z + 56, 2.8, 22, 4.5);
    return turbinate < 0 ? set(out, HU.skin, TISSUE.other) : air(out);
  }
  return ellipsoid(ax, y + 3, z + 68, 12, 8, 14) < 0 ? air(out) : false;
}

/** Petrous bone and mastoid: dense around the inner ear, air cells behind, the ear canal through it. */
function temporalBone(x: number, y: number, z: number, out: Sample): boolean {
  const ax = Math.abs(x);
  if (ax < 24 || z > -22 || z < -72 || y > 0 || y < -70) return false;
  if (tubeDistance(earCanal, ax, y, z) < 0) return air(out);
  if (ellipsoid(ax - 42, y + 22, z + 42, 3.5, 6, 6) < 0) return air(out);
  const mastoid = ellipsoid(ax - 55, y + 42, z + 50, 12, 17, 18);
  if (mastoid < 0) return mastoid > -2 ? bone(out, 1100) : airCells(x, y, z, 10, 1, out);
  if (ellipsoid(ax - 36, y + 30, z + 39, 9, 7, 6) < 0) return bone(out, HU.densePetrous);
  return false;
}

/** Frontal sinus: air between the tables of the frontal bone. */
function frontalSinus(x: number, z: number, vaultDepth: number, size: number): boolean {
  if (size === 0 || vaultDepth > -1.6) return false;
  const lobe = Math.hypot((Math.abs(x - 1) - 12 * size) / (12.5 * size), (z + 13) / (19 * size));
  const front = -1.6 - 6.5 * Math.sqrt(Math.max(0, 1 - lobe * lobe));
  return lobe < 1 && vaultDepth > front && Math.abs(x - 1) > 0.7;
}

/** Muscle with fat planes, fat under the skin. `skin` is the depth below the skin. */
function softTissue(x: number, y: number, z: number, skin: number, out: Sample): void {
  if (skin < 2.1) {
    set(out, HU.skin, TISSUE.scalp);
    return;
  }
  const plane = Math.abs(sheetDistance(x / 34, y / 34, z / 60)) * 34;
  const isFat = skin < 4.2 || plane < 1.3;
  set(out, isFat ? HU.fat : HU.muscle, TISSUE.scalp);
}

/** Depth below the skin of face, neck and nose, negative outside; the scalp over the vault is not included. */
export function faceDepth(ax: number, y: number, z: number): number {
  if (z > 22) return -1e3;
  const face = ellipsoid(ax, y - 20, z + 46, 68, 66, 64);
  const neck = ellipsoid(ax, y + 34, z + 92, 62, 65, 80);
  const nose = z < -18 ? ellipsoid(ax, y - 84, z + 50, 11 - (z + 36) * 0.2, 15, 20) : 1e3;
  return -Math.min(face, neck, nose);
}

/** Pinna of the ear. */
export function isEar(ax: number, y: number, z: number): boolean {
  if (ax < 70 || z > -8 || z < -66) return false;
  const lean = ax - 79 + 0.35 * (y + 22);
  return Math.abs(ellipsoid(lean, y + 30, z + 36, 7, 14, 24)) < 1.4 && y < -20;
}

/** Anything below and in front of the skull that is not bone of the vault or of the base. Always fills `out`. */
export function sampleFace(x: number, y: number, z: number, skin: number, out: Sample): void {
  const ax = Math.abs(x);
  if (z < -8) {
    if (airways(x, y, z, out) || orbit(ax, y, z, out) || temporalBone(x, y, z, out)) return;
    for (const tube of faceBones) {
      const distance = tubeDistance(tube, ax, y, z);
      if (distance < 0) {
        bone(out, distance > -1.4 ? HU.corticalBone : HU.diploe);
        return;
      }
    }
    const atlas = Math.abs(Math.hypot(ax / 25, (y + 40) / 21) - 1) * 21;
    if (z < -68 && (atlas < 3.5 || Math.hypot(ax / 5, (y + 22) / 5) < 1)) {
      bone(out, atlas < 2 ? 700 : HU.corticalBone);
      return;
    }
  }
  softTissue(x, y, z, skin, out);
}

/** Bone of the base or its air spaces: petrous, mastoid, sphenoid. Always fills `out`. */
export function sampleBase(x: number, y: number, z: number, depthInBone: number, out: Sample): void {
  if (airways(x, y, z, out) || temporalBone(x, y, z, out)) return;
  const spongy = depthInBone > 2.2 && 0.6 * bandNoise(x / 9, y / 9, z / 9) > -0.2;
  bone(out, spongy ? HU.diploe + 150 : 1250);
}

/** Bone of the vault: two tables with diploe between. `into` is the depth below the outer surface of the inner table. */
export function sampleVault(
  shape: PatientShape,
  x: number,
  y: number,
  z: number,
  vaultDepth: number,
  thickness: number,
  suture: boolean,
  out: Sample,
): void {
  if (y > 40 && frontalSinus(x, z, vaultDepth, shape.frontalSinus)) {
    air(out);
    return;
  }
  const inner = -vaultDepth;
  const outer = thickness - inner;
  if (suture && outer < thickness - 0.8) bone(out, HU.suture);
  else if (inner > 1.6 && outer > 1.9) bone(out, HU.diploe + 90 * bandNoise(x / 7, y / 7, z / 7));
  else bone(out);
}
