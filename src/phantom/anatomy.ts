/**
 * One head, asked point by point: patient coordinates in (LPS mm from the isocentre), attenuation and truth out.
 * Undoes the pose, the patient's size and asymmetry and the lesions' mass effect, then asks the part that owns the
 * point. Owners: scalp and face, vault, base, brain above and below the tentorium, vessels, lesions.
 */
import { createCerebrum, type BrainPoint } from './cerebrum.ts';
import { createDeepBrain } from './deep-brain.ts';
import { faceDepth, isEar, sampleBase, sampleFace, sampleVault } from './face.ts';
import type { LesionModel } from './lesion-model.ts';
import type { PatientShape } from './patient-shape.ts';
import { createPosteriorFossa, isInfratentorial } from './posterior-fossa.ts';
import type { Sample } from './sample.ts';
import { createSkull } from './skull.ts';
import { coverage, smoothstep } from './solids.ts';
import { isIntracranial, TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';
import { createVentricles } from './ventricles.ts';
import { createVessels, type VesselState } from './vessels.ts';

export interface Anatomy {
  /** Fills `out` for one point; `blurMm` is the width over which bone and skin edges are averaged. */
  readonly sample: (x: number, y: number, z: number, blurMm: number, out: Sample) => void;
}

export interface AnatomyOptions {
  readonly shape: PatientShape;
  readonly lesions: LesionModel;
  readonly vessels: VesselState;
  /** Angle by which the technician tilted the head's planes into the gantry, in degrees. */
  readonly gantryTiltDeg: number;
}

/** Rotation (rows) that takes scanner axes to head axes. */
function poseMatrix(shape: PatientShape, tiltDeg: number): readonly number[] {
  const rad = Math.PI / 180;
  const [yaw, roll, pitch] = [shape.yawDeg * rad, shape.rollDeg * rad, (shape.pitchDeg * 0.5 + tiltDeg) * rad];
  const [cy, sy, cr, sr, cp, sp] = [yaw, roll, pitch].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const spin = [cy, -sy, 0, sy, cy, 0, 0, 0, 1];
  const lean = [cr, 0, sr, 0, 1, 0, -sr, 0, cr];
  const nod = [1, 0, 0, 0, cp, -sp, 0, sp, cp];
  return multiply(multiply(nod, lean), spin);
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 9 }, (_, at) => {
    const row = Math.floor(at / 3) * 3;
    const column = at % 3;
    return [0, 1, 2].reduce((sum, i) => sum + (a[row + i] ?? 0) * (b[i * 3 + column] ?? 0), 0);
  });
}

/** Scanner point -> average frame, including the slow bends that make the sides differ. */
function createFrame(
  shape: PatientShape,
  tiltDeg: number,
): (x: number, y: number, z: number, to: Float64Array) => void {
  const m = poseMatrix(shape, tiltDeg) as [number, number, number, number, number, number, number, number, number];
  const [sx, sy, sz] = shape.scale;
  const [dx, dy] = shape.shiftMm;
  const b = shape.bend;
  const bend = (i: number, at: number): number => (b[i]?.amplitude ?? 0) * Math.sin(at + (b[i]?.phase ?? 0));
  return (x, y, z, to) => {
    const px = x - dx;
    const py = y - dy;
    const hx = (m[0] * px + m[1] * py + m[2] * z) / sx;
    const hy = -(m[3] * px + m[4] * py + m[5] * z) / sy - 18;
    const hz = (m[6] * px + m[7] * py + m[8] * z) / sz - 41;
    to[0] = hx + bend(0, hy / 30) + bend(1, hz / 28);
    to[1] = hy + bend(2, hx / 32) + bend(3, hz / 30);
    to[2] = hz + bend(4, hx / 34) + 0.6 * bend(5, hy / 32);
  };
}

export function createAnatomy(options: AnatomyOptions): Anatomy {
  const { shape, lesions } = options;
  const skull = createSkull(shape);
  const ventricles = createVentricles(shape);
  const cerebrum = createCerebrum(shape, createDeepBrain(shape));
  const posteriorFossa = createPosteriorFossa(shape);
  const vessels = createVessels(options.vessels);
  const toFrame = createFrame(shape, options.gantryTiltDeg);
  const at = new Float64Array(3);
  const point: { -readonly [K in keyof BrainPoint]: number } = {
    x: 0,
    y: 0,
    z: 0,
    vaultDepth: 0,
    floorGap: 0,
    ventricle: 0,
  };

  const sampleBrain = (x: number, y: number, z: number, vaultDepth: number, floorGap: number, out: Sample): void => {
    at[0] = x;
    at[1] = y;
    at[2] = z;
    const collection = lesions.collection(x, y, z) * Math.sign(Math.max(0, 40 - vaultDepth));
    lesions.displace(at);
    const bx = at[0];
    const by = at[1];
    const bz = at[2];
    const ax = Math.abs(bx);
    const ventricle = ventricles.distance(bx, by, bz);
    point.x = bx;
    point.y = by;
    point.z = bz;
    point.vaultDepth = vaultDepth - collection;
    point.floorGap = floorGap;
    point.ventricle = ventricle;
    const sinus = vessels.sinus(x, y, z, vaultDepth);
    if (sinus !== 0) {
      out.hu = sinus;
      out.tissue = TISSUE.vessel;
    } else if (ventricles.calcification(bx, by, bz) < 0) {
      out.hu = HU.choroidCalcification;
      out.tissue = TISSUE.calcification;
    } else if (ventricle < 0) {
      out.hu = HU.csf;
      out.tissue = TISSUE.csf;
    } else if (isInfratentorial(ax, by, bz)) posteriorFossa(point, out);
    else cerebrum.sample(point, out);
    const artery = vessels.artery(bx, by, bz);
    if (artery !== 0 && out.tissue !== TISSUE.calcification) {
      out.hu = artery;
      out.tissue = TISSUE.vessel;
    }
    if (lesions.isActive) {
      const cistern = Math.min(cerebrum.cisterns.sylvian(ax, by, bz), cerebrum.cisterns.basal(ax, by, bz));
      lesions.apply({ x, y, z, bx, by, bz, vaultDepth, ventricle, cistern }, out);
    }
    out.hu += 3.2 * Math.exp(-Math.max(0, vaultDepth) / 4.5);
  };

  const sampleOutside = (
    x: number,
    y: number,
    z: number,
    vaultDepth: number,
    floorGap: number,
    out: Sample,
  ): number => {
    const ax = Math.abs(x);
    const thickness = skull.vaultThickness(x, y, z);
    const temporal = smoothstep(40, 58, ax) * smoothstep(34, 8, z) * smoothstep(-45, -15, y) * smoothstep(62, 40, y);
    const scalpDepth = vaultDepth + thickness + shape.scalpMm + 7 * temporal;
    const skin = Math.max(z > -58 ? scalpDepth : -1e3, faceDepth(ax, y, z));
    if (skin < -1.5) {
      out.hu = isEar(ax, y, z) ? 10 : HU.air;
      out.tissue = out.hu > 0 ? TISSUE.scalp : TISSUE.air;
      return skin;
    }
    const hasVault = y > 20 ? z > -21 : y > -25 ? z > -44 : z > -62;
    if (vaultDepth < 0 && vaultDepth > -thickness && hasVault) {
      sampleVault(shape, { x, y, z, vaultDepth, thickness }, skull.isSuture(x, y, z), out);
    } else if (vaultDepth >= -1 && floorGap < 0 && floorGap > -skull.baseThickness(x, y)) {
      sampleBase(x, y, z, -floorGap, out);
    } else if (temporal > 0.4 && skin > 5 && vaultDepth < 0) {
      out.hu = HU.muscle;
      out.tissue = TISSUE.scalp;
    } else sampleFace(x, y, z, skin, out);
    return skin;
  };

  const sample = (sx: number, sy: number, sz: number, blurMm: number, out: Sample): void => {
    out.lesion = 0;
    toFrame(sx, sy, sz, at);
    const x = at[0] ?? 0;
    const y = at[1] ?? 0;
    const z = at[2] ?? 0;
    if (x * x + y * y * 0.6 + (z > 0 ? z * z : 0) > 14_400) {
      out.hu = HU.air;
      out.tissue = TISSUE.air;
      return;
    }
    const vaultDepth = skull.vaultDepth(x, y, z);
    const floorGap = z - skull.floor(x, y);
    const half = blurMm / 2;
    if (vaultDepth > half && floorGap > half) {
      sampleBrain(x, y, z, vaultDepth, floorGap, out);
      return;
    }
    if (vaultDepth < -half || floorGap < -half) {
      const skin = sampleOutside(x, y, z, vaultDepth, floorGap, out);
      if (skin < half) out.hu += (HU.air - out.hu) * coverage(skin, blurMm);
      return;
    }
    sampleBrain(x, y, z, Math.max(vaultDepth, 0), Math.max(floorGap, 0), out);
    const brainHu = out.hu;
    const brainTissue = out.tissue;
    const lesion = out.lesion;
    sampleOutside(x, y, z, Math.min(vaultDepth, -0.01), Math.min(floorGap, -0.01), out);
    const share = coverage(-Math.min(vaultDepth, floorGap), blurMm);
    out.hu += (brainHu - out.hu) * share;
    out.lesion = share > 0.5 ? lesion : 0;
    if (share > 0.5) out.tissue = isIntracranial(brainTissue) ? brainTissue : TISSUE.csf;
  };
  return { sample };
}
