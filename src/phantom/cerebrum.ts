/**
 * The cerebral hemispheres: a cortical ribbon of about 3 mm folded along random sheets that stand on the brain's
 * surface, white matter inside, Sylvian fissure with insula, interhemispheric fissure with falx, corpus callosum.
 * Gyri are plausible, not named: no sulcus is at its textbook place except the Sylvian and interhemispheric fissures.
 */
import { createCisterns, tentoriumZ, type Cisterns } from './cisterns.ts';
import type { DeepBrain } from './deep-brain.ts';
import { bandNoise, sheetDistance } from './noise-field.ts';
import type { PatientShape } from './patient-shape.ts';
import type { Sample } from './sample.ts';
import { smoothstep } from './solids.ts';
import { TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

/** Neighbouring sulci are about half of this apart, in mm. */
const FOLD_MM = 25;
/** Sulci are not straight: how far they wave, and over which length. */
const WAVE_HEIGHT_MM = 1.5;
const WAVE_MM = 19;
const CORTEX_MM = 2.9;
const FALX_HALF_MM = 0.75;
const TENT_HALF_MM = 0.6;

export interface BrainPoint {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Depth below the inner table of the vault. */
  readonly vaultDepth: number;
  /** Height above the skull base. */
  readonly floorGap: number;
  /** Signed distance to the ventricles. */
  readonly ventricle: number;
}

export interface Cerebrum {
  readonly cisterns: Cisterns;
  readonly sample: (point: BrainPoint, out: Sample) => void;
}

/** Relative radius in the callosal arch: 1 on its outer surface; the fissure opens above. */
function callosalRadius(y: number, z: number): number {
  const v = (y + 5) / 38;
  const w = (z - 5) / (z > 5 ? 23.5 : 16);
  return Math.sqrt(v * v + w * w);
}

type Folding = (point: BrainPoint, medialDepth: number) => number;

/** Distance in mm to the nearest sulcus, negative inside its CSF: sheets standing on the surface a point belongs to. */
function createFolding(shape: PatientShape): Folding {
  const [ox, oy, oz] = shape.fieldOffset;
  const sulcus = (px: number, py: number, pz: number, depth: number, shrink: number, deepest: number): number => {
    const sheet = Math.abs(sheetDistance(px / FOLD_MM + ox, py / FOLD_MM + oy, pz / FOLD_MM + oz)) * FOLD_MM * shrink;
    const limit = deepest + 0.32 * deepest * bandNoise(px / 34 + oy, py / 34 + oz, pz / 34 + ox);
    if (depth > limit) return Math.sqrt(sheet * sheet + (depth - limit) * (depth - limit));
    const open = shape.sulcusMm * (1 - 0.45 * (depth / Math.max(limit, 4))) * (deepest / 21);
    return sheet - open;
  };

  return (point, medialDepth) => {
    const { y, z, vaultDepth } = point;
    const bendX = WAVE_HEIGHT_MM * bandNoise(point.x / WAVE_MM + oz, y / WAVE_MM + ox, z / WAVE_MM + oy);
    const bendY = WAVE_HEIGHT_MM * bandNoise(point.x / WAVE_MM + oy, y / WAVE_MM + oz, z / WAVE_MM + ox);
    const x = point.x + bendX;
    if (medialDepth < vaultDepth) {
      const side = x < 0 ? 7.3 * FOLD_MM : 0;
      return sulcus(side + 0.9 * x, y + bendY + 0.35 * x, z - 0.3 * Math.abs(x), medialDepth, 0.95, 11);
    }
    const dy = y + bendY + 18;
    const dz = z + 2;
    const length = Math.sqrt(x * x + dy * dy + dz * dz) + 1e-6;
    const grow = (length + vaultDepth) / length;
    return sulcus(x * grow, dy * grow - 18, dz * grow - 2, vaultDepth, 1 / grow, 21);
  };
}

export function createCerebrum(shape: PatientShape, deep: DeepBrain): Cerebrum {
  const cisterns = createCisterns(shape);
  const [ox, oy, oz] = shape.fieldOffset;
  const fissure = 0.75 + 1.1 * shape.atrophy;

  const fold = createFolding(shape);

  const whiteHu = (point: BrainPoint): number => {
    const rim = smoothstep(15, 1, point.ventricle) * shape.leukoaraiosis;
    const patchy = 0.6 + 0.5 * bandNoise(point.x / 22 + oz, point.y / 22 + ox, point.z / 22 + oy);
    return HU.white - 9 * rim * Math.max(0, patchy);
  };

  const sample = (point: BrainPoint, out: Sample): void => {
    const { x, y, z, vaultDepth, floorGap } = point;
    const ax = Math.abs(x);
    const arch = callosalRadius(y, z);
    const central = z < 7 && y > -40 && y < 17;
    const hasFissure = arch > 1 && !central;
    const medial = hasFissure ? ax - fissure * (0.7 + 0.3 * smoothstep(1, 1.6, arch)) : 1e3;
    const behind = y < -36 || ax > 20 ? (z - tentoriumZ(ax, y) - TENT_HALF_MM) * 0.9 : 1e3;
    const tent = y < -30 ? behind : 1e3;
    const sylvian = cisterns.sylvian(ax, y, z);
    const basal = cisterns.basal(ax, y, z);
    const pial = Math.min(vaultDepth - shape.subarachnoidMm, floorGap * 0.8 - 0.8, tent, medial, sylvian, basal);
    out.pialDepth = pial;
    if (pial < 0) {
      const inFalx = hasFissure && ax < FALX_HALF_MM && arch > 1.25 && z > -30;
      const inDura = inFalx || (pial === tent && basal > 0);
      out.hu = inFalx ? HU.dura : inDura ? HU.tentorium : HU.csf;
      out.tissue = inDura ? TISSUE.dura : TISSUE.csf;
      return;
    }
    const deepHu = deep.sample(ax, y, z);
    if (deepHu !== 0 && sylvian > 2) {
      out.hu = deepHu;
      out.tissue = deepHu === HU.internalCapsule ? TISSUE.white : TISSUE.grey;
      return;
    }
    const callosum = ax < 14 && arch > 0.7 && arch < 1.02 && z > -4;
    const depthToSulcus = callosum || (arch < 1 && ax < 30) ? 1e3 : fold(point, medial);
    if (depthToSulcus < 0) {
      out.hu = HU.csf;
      out.tissue = TISSUE.csf;
    } else if (!callosum && Math.min(pial, depthToSulcus) < CORTEX_MM) {
      out.hu = HU.grey;
      out.tissue = TISSUE.grey;
    } else {
      out.hu = whiteHu(point);
      out.tissue = TISSUE.white;
    }
  };
  return { cisterns, sample };
}
