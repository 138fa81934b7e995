/**
 * Ischemia in the territory of the middle cerebral artery. Grey matter darkens toward white (loss of differentiation,
 * insular ribbon first), sulci narrow; how far depends on collaterals and time (ischemia.json). Old infarcts are
 * fluid-like holes. ASPECTS is counted on its ten regions from the infarct's own extent.
 */
import rules from './ischemia.json' with { type: 'json' };
import { LESION_BITS, type AcuteInfarct, type OldInfarct } from './lesion.ts';
import { sideSign, type LesionPart } from './lesion-part.ts';
import { bandNoise } from './noise-field.ts';
import type { Random } from './random.ts';
import { smoothstep } from './solids.ts';
import { TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

/** One point in the middle of each ASPECTS region (average frame, left side). */
const ASPECTS_POINTS = {
  caudate: [14, 14, 8],
  lentiform: [24, 2, 2],
  'internal capsule': [21, -10, 8],
  insula: [39, 0, 1],
  M1: [47, 32, 4],
  M2: [57, -6, -1],
  M3: [52, -40, 4],
  M4: [40, 32, 32],
  M5: [50, -4, 36],
  M6: [44, -40, 36],
} as const;

export interface AcuteInfarctModel extends LesionPart {
  readonly aspects: number;
}

type Grade = '0' | '1' | '2' | '3';

/** Relative distance within the MCA territory: < 1 belongs to it; 0 at its heart, the lenticulostriate-insular core. */
function territory(ax: number, y: number, z: number): number {
  const outer = Math.hypot((ax - 46) / 35, (y + 3) / 55, (z - 17) / 46);
  const core = Math.hypot((ax - 33) / 37, (y + 1) / 56, (z - 7) / 50);
  return outer > 1 ? 9 : core;
}

export function createAcuteInfarct(lesion: AcuteInfarct, random: Random): AcuteInfarctModel {
  const sign = sideSign(lesion.side);
  const grade = String(lesion.collateralGrade) as Grade;
  const grown = 1 - Math.exp(-lesion.hoursSinceOnset / rules.extentHours[grade]);
  const extent = rules.finalExtent[grade] * (0.35 + 0.65 * grown);
  const depth = 1 - Math.exp(-lesion.hoursSinceOnset / rules.dropHours[grade]);
  const greyDrop = rules.greyDropHuMax[grade] * depth;
  const whiteDrop = rules.whiteDropHuMax[grade] * depth;
  const phase = random.between(0, 30);
  /** 0 outside, 1 well inside the infarct. */
  const share = (x: number, y: number, z: number): number => {
    if (x * sign <= 0) return 0;
    const edge = 0.13 * bandNoise(x / 24 + phase, y / 24, z / 24) + 0.05 * bandNoise(x / 10, y / 10 + phase, z / 10);
    const reach = territory(Math.abs(x), y, z) + edge;
    return smoothstep(extent, extent - 0.16, reach);
  };
  const lost = Object.values(ASPECTS_POINTS).filter(([ax, y, z]) => {
    const near = [0, 5, -5].flatMap((d) => [share(sign * ax, y + d, z), share(sign * ax, y, z + d)]);
    return near.filter((value) => value > 0.5).length >= 3 && greyDrop > 1.5;
  }).length;
  return {
    aspects: 10 - lost,
    apply: ({ bx, by, bz, cistern, ventricle }, out) => {
      const amount = share(bx, by, bz);
      if (amount <= 0 || ventricle < 0) return;
      if (out.tissue === TISSUE.grey) out.hu -= greyDrop * amount;
      else if (out.tissue === TISSUE.white) out.hu -= whiteDrop * amount;
      else if (out.tissue === TISSUE.csf && cistern > 1.5) {
        out.hu += (HU.grey - greyDrop - out.hu) * 0.75 * depth * amount;
      } else return;
      if (amount > 0.5) out.lesion |= LESION_BITS['acute-infarct'];
    },
  };
}

const OLD_SITES = {
  'temporo-occipital': { centre: [38, -58, -1], axes: [17, 24, 17] },
  frontal: { centre: [43, 36, 18], axes: [15, 17, 18] },
  lacune: { centre: [22, 5, 11], axes: [3.6, 5, 4.5] },
} as const;

export function createOldInfarct(lesion: OldInfarct, random: Random): LesionPart {
  const sign = sideSign(lesion.side);
  const { centre, axes } = OLD_SITES[lesion.site];
  const phase = random.between(0, 30);
  return {
    apply: ({ x, y, z, bx, by, bz, ventricle }, out) => {
      if (bx * sign <= 0 || ventricle < 0) return;
      const reach =
        Math.hypot((bx * sign - centre[0]) / axes[0], (by - centre[1]) / axes[1], (bz - centre[2]) / axes[2]) +
        0.14 * bandNoise(x / 13 + phase, y / 13, z / 13);
      if (reach > 1.15 || (out.tissue !== TISSUE.grey && out.tissue !== TISSUE.white)) return;
      const amount = smoothstep(1.15, 0.75, reach);
      out.hu += (HU.oldInfarct - out.hu) * amount;
      if (amount > 0.5) out.lesion |= LESION_BITS['old-infarct'];
    },
  };
}
