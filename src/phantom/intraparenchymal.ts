/**
 * A hematoma inside the brain: an irregular ellipsoid of clot with a denser core, a rim of edema, and mass effect that
 * pushes its surroundings away in proportion to its volume.
 */
import { LESION_BITS, type HemorrhageSite, type IntraparenchymalHemorrhage } from './lesion.ts';
import { sideSign, type LesionPart } from './lesion-part.ts';
import { bandNoise } from './noise-field.ts';
import type { PatientShape } from './patient-shape.ts';
import type { Random } from './random.ts';
import { smoothstep } from './solids.ts';
import { TISSUE } from './tissue-label.ts';
import { HU } from './tissue-hu.ts';

interface Site {
  /** Average frame, left side. */
  readonly centre: readonly [number, number, number];
  /** Relative semi-axes; their product is 1. */
  readonly form: readonly [number, number, number];
}

const SITES: Readonly<Record<HemorrhageSite, Site>> = {
  'basal-ganglia': { centre: [28, 0, 4], form: [0.72, 1.35, 1.03] },
  thalamus: { centre: [13, -18, 8], form: [0.85, 1.2, 0.98] },
  'lobar-frontal': { centre: [31, 38, 20], form: [0.9, 1.1, 1.01] },
  'lobar-parietal': { centre: [34, -44, 36], form: [0.95, 1.1, 0.957] },
  'lobar-temporal': { centre: [47, -16, -12], form: [0.8, 1.3, 0.96] },
  'lobar-occipital': { centre: [27, -74, 8], form: [0.8, 1.25, 1] },
  cerebellum: { centre: [26, -64, -36], form: [1.1, 1, 0.91] },
  pons: { centre: [1, -25, -33], form: [1.15, 0.95, 0.915] },
};

export function createIntraparenchymal(
  lesion: IntraparenchymalHemorrhage,
  shape: PatientShape,
  random: Random,
): LesionPart {
  const site = SITES[lesion.site];
  const sign = sideSign(lesion.side);
  const jitter = lesion.site === 'pons' ? 0.5 : 2;
  const cx = sign * (site.centre[0] + jitter * random.gaussian());
  const cy = site.centre[1] + jitter * random.gaussian();
  const cz = site.centre[2] + jitter * random.gaussian();
  const [sx, sy, sz] = shape.scale;
  const radius = Math.cbrt((lesion.volumeMl * 1000) / (sx * sy * sz) / ((4 / 3) * Math.PI));
  const [fx, fy, fz] = site.form;
  const rough = 0.13 + 0.1 * random.next();
  const phase = random.between(0, 30);
  const rimMm = random.between(2.5, 6);
  const wave = Math.max(9, radius * 1.5);
  /** Signed distance to the clot's surface in average mm. */
  const distance = (x: number, y: number, z: number): number => {
    const u = (x - cx) / fx;
    const v = (y - cy) / fy;
    const w = (z - cz) / fz;
    const length = Math.sqrt(u * u + v * v + w * w);
    if (length > radius + 14) return length - radius;
    return length - radius * (1 + rough * bandNoise(x / wave + phase, y / wave, z / wave));
  };
  return {
    displace: (at) => {
      const dx = (at[0] ?? 0) - cx;
      const dy = (at[1] ?? 0) - cy;
      const dz = (at[2] ?? 0) - cz;
      const d = Math.sqrt(dx * dx + dy * dy + dz * dz);
      if (d < 1e-3 || d > 110) return;
      const before = Math.cbrt(Math.max(0, d * d * d - 0.8 * radius ** 3));
      const pull = (1 - before / d) * smoothstep(110, 20, d);
      at[0] = (at[0] ?? 0) - dx * pull;
      at[1] = (at[1] ?? 0) - dy * pull;
      at[2] = (at[2] ?? 0) - dz * pull;
    },
    apply: (point, out) => {
      if (out.tissue === TISSUE.vessel || out.tissue === TISSUE.dura) return;
      const { x, y, z } = point;
      const d = distance(x, y, z);
      if (d > rimMm * 2) return;
      if (d < 0) {
        const core = smoothstep(0, -radius * 0.7, d);
        out.hu = HU.clot + (HU.clotCore - HU.clot) * core + 2.5 * bandNoise(x / 8 + phase, y / 8, z / 8);
        out.lesion |= LESION_BITS.intraparenchymal;
      } else if (out.tissue === TISSUE.white || out.tissue === TISSUE.grey) {
        const depth = smoothstep(rimMm * 1.6, 0, d) * (out.tissue === TISSUE.white ? 1 : 0.55);
        out.hu += (HU.edema - out.hu) * depth * 0.85;
      }
    },
  };
}
