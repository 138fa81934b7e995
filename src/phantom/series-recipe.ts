/**
 * The series a head CT study can hold, as data: what a scanner would write for each role.
 * A request names a role and may change what makes the series unusual; ct-study.ts turns both into instances.
 */
import type { PixelEncoding } from './dicom/pixel-encoding.ts';
import type { TransferSyntaxName } from './dicom/transfer-syntax.ts';

export type SeriesRole =
  | 'thick-soft'
  | 'thin-soft'
  | 'thick-bone'
  | 'contrast'
  | 'cta'
  | 'localizer'
  | 'dose-report'
  | 'enhanced-thick'
  | 'coronal'
  | 'chest';

export type SeriesFault =
  /** `count` slices are absent from slice `at` on (0 = lowest). */
  | { readonly kind: 'missing-slices'; readonly at: number; readonly count: number }
  /** Slice `at` is stored twice: two SOP Instance UIDs, one position. */
  | { readonly kind: 'duplicate-slice'; readonly at: number }
  /** The lower half is 4 mm apart, the upper half 7 mm, with one short step between (as the GE study in the tests). */
  | { readonly kind: 'mixed-spacing' }
  /** Instance numbers run from the vertex down. */
  | { readonly kind: 'reversed-order' }
  /** Instance numbers say nothing about position. */
  | { readonly kind: 'shuffled-order' }
  /** The file of slice `at` ends after this share of its pixel data. */
  | { readonly kind: 'truncated-pixels'; readonly at: number; readonly keep: number }
  /** The file of slice `at` has no pixel data element. */
  | { readonly kind: 'no-pixel-data'; readonly at: number }
  /** Only part of the head was scanned. */
  | { readonly kind: 'partial-head'; readonly part: 'lower' | 'upper' }
  /** The files of this series name another patient. */
  | { readonly kind: 'patient-mismatch' };

export interface SeriesRequest {
  readonly role: SeriesRole;
  readonly transferSyntax?: TransferSyntaxName;
  readonly encoding?: PixelEncoding;
  readonly kvp?: number;
  readonly faults?: readonly SeriesFault[];
  /** Overrides the recipe's description, as sites do. */
  readonly description?: string;
}

export interface SeriesRecipe {
  readonly description: string;
  readonly protocol: string;
  readonly kernel: 'soft' | 'bone';
  readonly kernelName: string;
  readonly sliceThicknessMm: number;
  readonly sliceSpacingMm: number;
  readonly contrast: 'none' | 'arterial' | 'venous';
  readonly imageType: readonly string[];
  readonly kvp: number;
  readonly tubeCurrentMa: number;
  readonly bodyPart: string;
  readonly window: { readonly center: readonly number[]; readonly width: readonly number[] };
}

const axial = {
  protocol: 'Head routine',
  kernel: 'soft',
  kernelName: 'H30s',
  sliceThicknessMm: 5,
  sliceSpacingMm: 5,
  contrast: 'none',
  imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
  kvp: 120,
  tubeCurrentMa: 300,
  bodyPart: 'HEAD',
  window: { center: [40, 700], width: [80, 3200] },
} as const;

export const SERIES_RECIPES: Readonly<Record<SeriesRole, SeriesRecipe>> = {
  'thick-soft': { ...axial, description: 'Head 5.0 H30s' },
  'thin-soft': { ...axial, description: 'Head thin 1.0 H30s', sliceThicknessMm: 1, sliceSpacingMm: 1 },
  'thick-bone': {
    ...axial,
    description: 'Head bone 5.0 H70h',
    kernel: 'bone',
    kernelName: 'H70h',
    window: { center: [700], width: [3200] },
  },
  contrast: { ...axial, description: 'Head post contrast 5.0', protocol: 'Head with contrast', contrast: 'venous' },
  cta: {
    ...axial,
    description: 'CTA head 1.0',
    protocol: 'CTA head and neck',
    contrast: 'arterial',
    sliceThicknessMm: 1,
    sliceSpacingMm: 1,
    kvp: 100,
  },
  localizer: {
    ...axial,
    description: 'Topogram',
    imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'],
    kernelName: 'T20f',
    tubeCurrentMa: 30,
  },
  'dose-report': { ...axial, description: 'Dose report', imageType: ['DERIVED', 'SECONDARY', 'DOSE_INFO'] },
  'enhanced-thick': { ...axial, description: 'Head 5.0 enhanced multi-frame' },
  coronal: {
    ...axial,
    description: 'Head coronal MPR 5.0',
    imageType: ['DERIVED', 'SECONDARY', 'MPR'],
  },
  chest: {
    ...axial,
    description: 'Thorax 5.0',
    protocol: 'Thorax routine',
    bodyPart: 'CHEST',
    window: { center: [40, -600], width: [400, 1500] },
  },
};
