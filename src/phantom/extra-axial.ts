/** Blood between skull and brain: the subdural crescent and the epidural lens. Both hold the brain away from bone. */
import { LESION_BITS, type EpiduralHemorrhage, type SubduralHemorrhage } from './lesion.ts';
import { sideSign, type LesionPart } from './lesion-part.ts';
import { bandNoise } from './noise-field.ts';
import type { PatientShape } from './patient-shape.ts';
import type { Random } from './random.ts';
import { smoothstep } from './solids.ts';
import { TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

interface Collection {
  readonly bit: number;
  readonly sign: 1 | -1;
  /** Thickness in mm at a point near the surface. */
  readonly thickness: (x: number, y: number, z: number) => number;
  readonly hu: (x: number, y: number, z: number) => number;
  /** Share of the thickness by which the brain under it moves to the other side. */
  readonly push: number;
}

function toPart({ bit, sign, thickness, hu, push }: Collection): LesionPart {
  return {
    collection: thickness,
    displace: (at) => {
      const x = at[0] ?? 0;
      const lateral = smoothstep(-62, 60, sign * x);
      at[0] = x + sign * push * lateral * thickness(sign * 60, at[1] ?? 0, at[2] ?? 0);
    },
    apply: ({ x, y, z, vaultDepth }, out) => {
      if (sign * x <= 0 || out.tissue === TISSUE.vessel) return;
      const local = thickness(x, y, z);
      if (local < 0.4 || vaultDepth > local) return;
      out.hu = hu(x, y, z);
      out.tissue = TISSUE.csf;
      out.lesion |= bit;
    },
  };
}

/** Fresh clot is dense; it loses about 1.5 HU a day until it is darker than brain. */
export function subduralHu(ageDays: number): number {
  return Math.max(HU.chronicBlood, HU.clot - 3 - 1.5 * Math.max(0, ageDays - 1) - (ageDays > 10 ? 12 : 0));
}

export function createSubdural(lesion: SubduralHemorrhage, shape: PatientShape, random: Random): LesionPart {
  const sign = sideSign(lesion.side);
  const centreY = random.between(-22, 2);
  const centreZ = random.between(24, 40);
  const thick = lesion.thicknessMm / shape.scale[0];
  const base = subduralHu(lesion.ageDays);
  const mixed = lesion.ageDays > 2 ? 6 : 2.5;
  const phase = random.between(0, 30);
  return toPart({
    bit: LESION_BITS.subdural,
    sign,
    push: 0.85,
    thickness: (x, y, z) => {
      const v = (y - centreY) / 82;
      const w = (z - centreZ) / 58;
      const inside = 1 - v * v - w * w;
      if (inside <= 0) return 0;
      const edge = smoothstep(2, 22, sign * x);
      return thick * Math.sqrt(inside) * edge * (1 + 0.1 * bandNoise(x / 30 + phase, y / 30, z / 30));
    },
    hu: (x, y, z) => base + mixed * bandNoise(x / 11 + phase, y / 11, z / 11),
  });
}

const EPIDURAL_CENTRES = { temporal: [62, -8, 4], frontal: [44, 46, 26], parietal: [54, -50, 44] } as const;

export function createEpidural(lesion: EpiduralHemorrhage, shape: PatientShape, random: Random): LesionPart {
  const sign = sideSign(lesion.side);
  const [cx, cy, cz] = EPIDURAL_CENTRES[lesion.site];
  const thick = lesion.thicknessMm / shape.scale[0];
  const reach = 13 + 1.5 * thick;
  const phase = random.between(0, 30);
  return toPart({
    bit: LESION_BITS.epidural,
    sign,
    push: 0.65,
    thickness: (x, y, z) => {
      const dx = (x - sign * cx) * 0.55;
      const r2 = (dx * dx + (y - cy) * (y - cy) + (z - cz) * (z - cz)) / (reach * reach);
      return r2 > 1 ? 0 : thick * (1 - r2);
    },
    hu: (x, y, z) => HU.clot + 2 + 5 * bandNoise(x / 14 + phase, y / 14, z / 14),
  });
}
