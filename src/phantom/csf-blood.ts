/** Blood that replaces cerebrospinal fluid: in the ventricles it settles backward, in the cisterns it fills the shape. */
import { LESION_BITS, type IntraventricularHemorrhage, type SubarachnoidHemorrhage } from './lesion.ts';
import { sideSign, type LesionPart } from './lesion-part.ts';
import { bandNoise } from './noise-field.ts';
import type { Random } from './random.ts';
import { smoothstep } from './solids.ts';
import { TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

const BACK_MM = -72;
const FRONT_MM = 34;

export function createIntraventricular(lesion: IntraventricularHemorrhage, random: Random): LesionPart {
  const sign = lesion.side === 'both' ? 0 : sideSign(lesion.side);
  const level = BACK_MM + (FRONT_MM - BACK_MM) * lesion.fill ** 0.75;
  const phase = random.between(0, 30);
  return {
    apply: ({ bx, by, bz, ventricle }, out) => {
      if (ventricle > 0 || out.tissue !== TISSUE.csf) return;
      const midline = Math.abs(bx) < 3.5;
      const otherSide = sign !== 0 && bx * sign < 0 && !midline;
      const share = otherSide ? Math.max(0, lesion.fill - 0.45) : lesion.fill;
      const height = otherSide ? BACK_MM + (FRONT_MM - BACK_MM) * share ** 0.75 : level;
      const filled =
        midline && bz < 12 ? lesion.fill > 0.4 : by < height + 2 * bandNoise(bx / 9 + phase, by / 9, bz / 9);
      if (!filled || share <= 0) return;
      out.hu = HU.subarachnoidBlood + 5 + 3 * bandNoise(bx / 7, by / 7 + phase, bz / 7);
      out.lesion |= LESION_BITS.intraventricular;
    },
  };
}

/** Share of blood in the CSF at a point, 0-1. */
function bloodShare(lesion: SubarachnoidHemorrhage, x: number, y: number, z: number): number {
  const sign = lesion.side === 'both' ? 0 : sideSign(lesion.side);
  const sided = sign === 0 ? 1 : smoothstep(-8, 10, sign * x);
  const ax = Math.abs(x);
  switch (lesion.extent) {
    case 'basal': {
      const near = Math.hypot(ax / 46, (y - 2) / 40, (z + 14) / 24);
      return smoothstep(1.3, 0.6, near) * (sign === 0 ? 1 : 0.35 + 0.65 * sided);
    }
    case 'sylvian':
      return smoothstep(1, 0.5, Math.hypot((ax - 44) / 28, (y - 2) / 40, (z - 2) / 24)) * sided;
    case 'convexity':
      return smoothstep(1, 0.5, Math.hypot((ax - 38) / 30, (y + 10) / 38, (z - 54) / 24)) * sided;
  }
}

export function createSubarachnoid(lesion: SubarachnoidHemorrhage, random: Random): LesionPart {
  const phase = random.between(0, 30);
  return {
    apply: ({ x, y, z, ventricle, cistern }, out) => {
      if (ventricle < 0) return;
      const share = bloodShare(lesion, x, y, z) * (0.85 + 0.15 * bandNoise(x / 14 + phase, y / 14, z / 14));
      if (share < 0.05) return;
      const isSpace = out.tissue === TISSUE.csf || (cistern < 2.4 && out.tissue === TISSUE.grey);
      if (!isSpace) return;
      out.hu += (HU.subarachnoidBlood + 4 - out.hu) * Math.min(1, share);
      if (share > 0.4) out.lesion |= LESION_BITS.subarachnoid;
    },
  };
}
