/** All lesions of one head together: how they push the brain, what stands between it and the bone, what they look like. */
import { createIntraventricular, createSubarachnoid } from './csf-blood.ts';
import { createEpidural, createSubdural } from './extra-axial.ts';
import { createIntraparenchymal } from './intraparenchymal.ts';
import { createAcuteInfarct, createOldInfarct } from './ischemia.ts';
import type { Lesion } from './lesion.ts';
import type { LesionPart, LesionPoint } from './lesion-part.ts';
import type { PatientShape } from './patient-shape.ts';
import { createRandom } from './random.ts';
import type { Sample } from './sample.ts';

export interface LesionModel {
  /** False for a healthy head: nothing below has an effect. */
  readonly isActive: boolean;
  /** Moves a point of the swollen brain back to where it was, in place. */
  readonly displace: (at: Float64Array) => void;
  /** Thickness in mm of collections between skull and brain at a point. */
  readonly collection: (x: number, y: number, z: number) => number;
  readonly apply: (point: LesionPoint, out: Sample) => void;
  /** Shift of the septum, in mm of the patient. */
  readonly midlineShiftMm: number;
  readonly aspects: number;
}

function createPart(lesion: Lesion, shape: PatientShape, seed: number, index: number): LesionPart {
  const random = createRandom(seed, `lesion/${String(index)}/${lesion.kind}`);
  switch (lesion.kind) {
    case 'intraparenchymal':
      return createIntraparenchymal(lesion, shape, random);
    case 'intraventricular':
      return createIntraventricular(lesion, random);
    case 'subdural':
      return createSubdural(lesion, shape, random);
    case 'epidural':
      return createEpidural(lesion, shape, random);
    case 'subarachnoid':
      return createSubarachnoid(lesion, random);
    case 'acute-infarct':
      return createAcuteInfarct(lesion, random);
    case 'old-infarct':
      return createOldInfarct(lesion, random);
  }
}

export function createLesionModel(lesions: readonly Lesion[], shape: PatientShape, seed: number): LesionModel {
  const parts = lesions.map((lesion, index) => createPart(lesion, shape, seed, index));
  const displacing = parts.flatMap(({ displace }) => (displace === undefined ? [] : [displace]));
  const collections = parts.flatMap(({ collection }) => (collection === undefined ? [] : [collection]));
  const displace = (at: Float64Array): void => {
    for (const move of displacing) move(at);
  };
  const septum = Float64Array.of(0, 10, 10);
  displace(septum);
  const aspects = parts.flatMap((part) => ('aspects' in part ? [part.aspects as number] : []));
  return {
    isActive: parts.length > 0,
    displace,
    collection: (x, y, z) => {
      let total = 0;
      for (const thickness of collections) total = Math.max(total, thickness(x, y, z));
      return total;
    },
    apply: (point, out) => {
      for (const part of parts) part.apply(point, out);
    },
    midlineShiftMm: Number((Math.abs(septum[0] ?? 0) * shape.scale[0]).toFixed(1)),
    aspects: Math.min(10, ...aspects),
  };
}
