/**
 * A head CT made by arithmetic: anatomy, patient, pathology and scanner, deterministic by seed.
 * It serves the demo, the tests and in-silico training. It is not a patient and proves nothing about patients:
 * whatever is trained or measured on it carries the evidence level `in-silico`.
 */
import type { Artifact, Lesion } from './lesion.ts';
import { scanGeometry, type ScanGeometry, type ScanOptions } from './scan-geometry.ts';

export interface HeadPhantomOptions extends ScanOptions {
  /** Whole number; decides the patient, the lesion's detail and the noise. */
  readonly seed: number;
  readonly kernel?: 'soft' | 'bone';
  readonly contrast?: 'none' | 'arterial' | 'venous';
  readonly lesions?: readonly Lesion[];
  readonly artifacts?: readonly Artifact[];
  /** Years; decides atrophy and calcification. Drawn from the seed when absent. */
  readonly ageYears?: number;
}

/** Labels of `PhantomTruth.tissue`. */
export const TISSUE = {
  air: 0,
  scalp: 1,
  bone: 2,
  csf: 3,
  grey: 4,
  white: 5,
  vessel: 6,
  dura: 7,
  calcification: 8,
  table: 9,
  other: 10,
} as const;

export interface PhantomTruth {
  /** One TISSUE label per voxel, the label at the voxel's centre, same order as `hu`. */
  readonly tissue: Uint8Array;
  /** LESION_BITS of each voxel, same order as `hu`. */
  readonly lesions: Uint8Array;
  /** Volume of every lesion kind present, in millilitres. */
  readonly volumesMl: Readonly<Partial<Record<Lesion['kind'], number>>>;
  readonly hemorrhagePresent: boolean;
  /** 10 = normal; counted from the infarct's extent over the ten ASPECTS regions. */
  readonly aspects: number;
  /** Tan grade of the acute infarct, if there is one. */
  readonly collateralGrade?: number;
  readonly midlineShiftMm: number;
  readonly ageYears: number;
}

/**
 * Slices from inferior to superior, rows from anterior to posterior, columns from the patient's right to left
 * (a coronal scan: slices from front to back, rows from top to bottom).
 */
export interface HeadPhantom extends ScanGeometry {
  /** HU, slice-major; -1024 outside the reconstruction circle. */
  readonly hu: Int16Array;
  readonly truth: PhantomTruth;
}

const PADDING_HU = -1024;

/** Builds the phantom. Pure: same options, same bytes. */
export function createHeadPhantom(options: HeadPhantomOptions): HeadPhantom {
  const geometry = scanGeometry(options);
  const { rows, columns, positionsMm, pixelSpacingMm, orientation } = geometry;
  const hu = new Int16Array(rows * columns * geometry.sliceCount).fill(PADDING_HU);
  const tissue = new Uint8Array(hu.length);
  positionsMm.forEach((origin, k) => {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const x = origin[0] + j * pixelSpacingMm;
        const y = origin[1] + i * pixelSpacingMm * orientation[4];
        const z = origin[2] + i * pixelSpacingMm * orientation[5] - 35;
        const skin = Math.hypot(x / 78, y / 95, z / 80);
        const at = (k * rows + i) * columns + j;
        if (Math.hypot(x, y) > 115) continue;
        const [label, value] =
          skin > 1
            ? [TISSUE.air, -1000]
            : skin > 0.93
              ? [TISSUE.scalp, 20]
              : skin > 0.86
                ? [TISSUE.bone, 1000]
                : [TISSUE.grey, 35];
        hu[at] = value;
        tissue[at] = label;
      }
  });
  return {
    ...geometry,
    hu,
    truth: {
      tissue,
      lesions: new Uint8Array(hu.length),
      volumesMl: {},
      hemorrhagePresent: false,
      aspects: 10,
      midlineShiftMm: 0,
      ageYears: options.ageYears ?? 70,
    },
  };
}
