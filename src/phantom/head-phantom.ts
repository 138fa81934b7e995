/**
 * A head CT made by arithmetic: anatomy, patient, pathology and scanner, deterministic by seed.
 * It serves the demo, the tests and in-silico training. It is not a patient and proves nothing about patients:
 * whatever is trained or measured on it carries the evidence level `in-silico`.
 */
import { createAnatomy } from './anatomy.ts';
import { createLesionModel } from './lesion-model.ts';
import { HEMORRHAGE_BITS, LESION_BITS, type Artifact, type Lesion, type LesionKind } from './lesion.ts';
import { drawPatientShape } from './patient-shape.ts';
import { scan } from './scanner.ts';
import { scanGeometry, type ScanGeometry, type ScanOptions } from './scan-geometry.ts';

export interface HeadPhantomOptions extends ScanOptions {
  /** Whole number; decides the patient, the lesion's detail and the noise. */
  readonly seed: number;
  readonly kernel?: 'soft' | 'bone';
  readonly contrast?: 'none' | 'arterial' | 'venous';
  readonly lesions?: readonly Lesion[];
  readonly artifacts?: readonly Artifact[];
  /** Multiplies the noise of the kernel and thickness; 1 by default, 0 for none. */
  readonly noise?: number;
  /** Years; decides atrophy and calcification. Drawn from the seed when absent. */
  readonly ageYears?: number;
}

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

const STUDY_SLICES = 32;

/** How often each combination of lesion bits occurs. */
function countBits(lesions: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256) as Uint32Array & Record<number, number>;
  const bits = lesions as unknown as Record<number, number>;
  for (let at = 0; at < lesions.length; at++) counts[bits[at] as number] = (counts[bits[at] as number] as number) + 1;
  return counts;
}

function volumes(counts: Uint32Array, voxelMl: number): Partial<Record<LesionKind, number>> {
  const kinds = Object.entries(LESION_BITS) as [LesionKind, number][];
  const found = kinds.map(([kind, bit]): [LesionKind, number] => [
    kind,
    counts.reduce((sum, count, bits) => ((bits & bit) === 0 ? sum : sum + count), 0) * voxelMl,
  ]);
  return Object.fromEntries(found.filter(([, ml]) => ml > 0).map(([kind, ml]) => [kind, Number(ml.toFixed(2))]));
}

/** Builds the phantom. Pure: same options, same bytes. */
export function createHeadPhantom(options: HeadPhantomOptions): HeadPhantom {
  const geometry = scanGeometry({ ...options, sliceCount: options.sliceCount ?? defaultSliceCount(options) });
  const shape = drawPatientShape(options.seed, options.ageYears);
  const lesions = createLesionModel(options.lesions ?? [], shape, options.seed);
  const infarct = options.lesions?.find((lesion) => lesion.kind === 'acute-infarct');
  const anatomy = createAnatomy({
    shape,
    lesions,
    vessels: {
      contrast: options.contrast ?? 'none',
      denseMca: infarct?.hyperdenseMca === true ? (infarct.side === 'left' ? 1 : -1) : 0,
    },
    gantryTiltDeg: geometry.gantryTiltDeg,
  });
  const scanned = scan(anatomy, geometry, {
    seed: options.seed,
    kernel: options.kernel ?? 'soft',
    artifacts: options.artifacts ?? [],
    noise: options.noise ?? 1,
  });
  const counts = countBits(scanned.lesions);
  const voxelMl = (geometry.pixelSpacingMm ** 2 * geometry.sliceSpacingMm) / 1000;
  return {
    ...geometry,
    hu: scanned.hu,
    truth: {
      tissue: scanned.tissue,
      lesions: scanned.lesions,
      volumesMl: volumes(counts, voxelMl),
      hemorrhagePresent: counts.some((count, bits) => count > 0 && (bits & HEMORRHAGE_BITS) !== 0),
      aspects: lesions.aspects,
      ...(infarct === undefined ? {} : { collateralGrade: infarct.collateralGrade }),
      midlineShiftMm: lesions.midlineShiftMm,
      ageYears: shape.ageYears,
    },
  };
}

function defaultSliceCount(options: HeadPhantomOptions): number {
  return Math.round((STUDY_SLICES * 5) / (options.sliceSpacingMm ?? 5));
}
