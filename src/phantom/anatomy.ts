/**
 * One head, asked point by point: scanner coordinates in (LPS mm from the isocentre), attenuation and truth out.
 * Decides which side of the bone a point lies on and averages across bone and skin edges; the owners do the rest.
 */
import { faceDepth, isEar, sampleBase, sampleFace, sampleVault } from './face.ts';
import { createHeadFrame } from './head-frame.ts';
import { createIntracranial } from './intracranial.ts';
import type { LesionModel } from './lesion-model.ts';
import type { PatientShape } from './patient-shape.ts';
import type { Sample } from './sample.ts';
import { createSkull, type Skull } from './skull.ts';
import { coverage, smoothstep } from './solids.ts';
import { isIntracranial, TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';
import type { VesselState } from './vessels.ts';

export interface Anatomy {
  /** Fills `out` for one point; `blurMm` is the width over which bone and skin edges are averaged. */
  readonly sample: (x: number, y: number, z: number, blurMm: number, out: Sample) => void;
}

export interface AnatomyOptions {
  readonly shape: PatientShape;
  readonly lesions: LesionModel;
  readonly vessels: VesselState;
  readonly gantryTiltDeg: number;
}

/** Fills `out` outside the cavity and returns the depth below the skin in mm. */
type OutsideSampler = (x: number, y: number, z: number, vaultDepth: number, floorGap: number, out: Sample) => number;

/** Extra soft tissue over the temporal fossa: the temporalis muscle, 0-1. */
function temporalisShare(ax: number, y: number, z: number): number {
  return smoothstep(40, 58, ax) * smoothstep(34, 8, z) * smoothstep(-45, -15, y) * smoothstep(62, 40, y);
}

function createOutside(shape: PatientShape, skull: Skull): OutsideSampler {
  return (x, y, z, vaultDepth, floorGap, out) => {
    const ax = Math.abs(x);
    if (vaultDepth < -34 && z > 24) {
      out.hu = HU.air;
      out.tissue = TISSUE.air;
      return -30;
    }
    const thickness = skull.vaultThickness(x, y, z);
    const temporal = ax > 40 ? temporalisShare(ax, y, z) : 0;
    const scalpDepth = vaultDepth + thickness + shape.scalpMm + 7 * temporal;
    const skin = Math.max(z > -58 ? scalpDepth : -1e3, faceDepth(ax, y, z));
    if (skin < -1.5) {
      out.hu = isEar(ax, y, z) ? 10 : HU.air;
      out.tissue = out.hu > 0 ? TISSUE.scalp : TISSUE.air;
      return skin;
    }
    const hasVault = y > 20 ? z > -21 : y > -25 ? z > -44 : z > -62;
    if (vaultDepth < 0 && vaultDepth > -thickness && hasVault) {
      sampleVault(shape, x, y, z, vaultDepth, thickness, skull.isSuture(x, y, z), out);
    } else if (vaultDepth >= -1 && floorGap < 0 && floorGap > -skull.baseThickness(x, y)) {
      sampleBase(x, y, z, -floorGap, out);
    } else if (temporal > 0.4 && skin > 5 && vaultDepth < 0) {
      out.hu = HU.muscle;
      out.tissue = TISSUE.scalp;
    } else sampleFace(x, y, z, skin, out);
    return skin;
  };
}

export function createAnatomy(options: AnatomyOptions): Anatomy {
  const { shape } = options;
  const skull = createSkull(shape);
  const inside = createIntracranial(shape, options.lesions, options.vessels);
  const outside = createOutside(shape, skull);
  const toFrame = createHeadFrame(shape, options.gantryTiltDeg);
  const at = new Float64Array(3);

  /** On the inner table: both sides weighted by how much of the sample lies on each. */
  const edge = (
    x: number,
    y: number,
    z: number,
    vaultDepth: number,
    floorGap: number,
    blurMm: number,
    out: Sample,
  ): void => {
    inside(x, y, z, Math.max(vaultDepth, 0), Math.max(floorGap, 0), out);
    const { hu, tissue, lesion } = out;
    outside(x, y, z, Math.min(vaultDepth, -0.01), Math.min(floorGap, -0.01), out);
    const share = coverage(-Math.min(vaultDepth, floorGap), blurMm);
    out.hu += (hu - out.hu) * share;
    out.lesion = share > 0.5 ? lesion : 0;
    if (share > 0.5) out.tissue = isIntracranial(tissue) ? tissue : TISSUE.csf;
  };

  const sample = (sx: number, sy: number, sz: number, blurMm: number, out: Sample): void => {
    out.lesion = 0;
    toFrame(sx, sy, sz, at);
    const x = at[0] as number;
    const y = at[1] as number;
    const z = at[2] as number;
    if (x * x + y * y * 0.6 + (z > 0 ? z * z : 0) > 14_400) {
      out.hu = HU.air;
      out.tissue = TISSUE.air;
      return;
    }
    const vaultDepth = skull.vaultDepth(x, y, z);
    const floorGap = z - skull.floor(x, y);
    const half = blurMm / 2;
    if (vaultDepth > half && floorGap > half) inside(x, y, z, vaultDepth, floorGap, out);
    else if (vaultDepth < -half || floorGap < -half) {
      const skin = outside(x, y, z, vaultDepth, floorGap, out);
      if (skin < half && skin > -half) out.hu += (HU.air - out.hu) * coverage(skin, blurMm);
      else if (skin <= -half && out.tissue !== TISSUE.scalp) out.hu = HU.air;
    } else edge(x, y, z, vaultDepth, floorGap, blurMm, out);
  };
  return { sample };
}
