/**
 * From a series request to the images it consists of: which head is scanned, at which table positions, and what the
 * requested faults do to the list. Nothing here knows DICOM bytes.
 */
import { createChestPhantom } from './chest-phantom.ts';
import { createHeadPhantom, type HeadPhantom, type HeadPhantomOptions } from './head-phantom.ts';
import { SERIES_RECIPES, type SeriesFault, type SeriesRequest } from './series-recipe.ts';

/** One image of a series; `sliceIndex` counts from the lowest slice of the phantom. */
export interface PlannedImage {
  readonly sliceIndex: number;
  /** Distinguishes duplicates: part of the SOP Instance UID's path. */
  readonly copy: number;
  readonly instanceNumber: number;
  /** Share of the pixel data the file keeps; undefined = all, 0 = no pixel data element. */
  readonly keepPixels?: number;
}

export interface SeriesPlan {
  readonly phantom: HeadPhantom;
  readonly images: readonly PlannedImage[];
  readonly patientMismatch: boolean;
}

/** A projection along x needs no more: its own detail is a millimetre or two. */
const SCOUT_MATRIX = 128;

/** The head (or chest) of one series, scanned as its recipe says. */
export function scanSeries(request: SeriesRequest, head: HeadPhantomOptions): HeadPhantom {
  const recipe = SERIES_RECIPES[request.role];
  const coverageMm = (head.sliceCount ?? 32) * 5;
  const faults = request.faults ?? [];
  const part = faults.find((fault) => fault.kind === 'partial-head')?.part;
  const length = part === undefined ? coverageMm : coverageMm / 2;
  const options: HeadPhantomOptions = {
    ...head,
    kernel: recipe.kernel,
    contrast: recipe.contrast,
    sliceThicknessMm: recipe.sliceThicknessMm,
    sliceSpacingMm: recipe.sliceSpacingMm,
    sliceCount: Math.round(length / recipe.sliceSpacingMm),
    ...(request.role === 'localizer'
      ? { matrix: Math.min(SCOUT_MATRIX, head.matrix ?? SCOUT_MATRIX), noise: 0.5 }
      : {}),
    ...(part === 'upper' ? { lowestSliceMm: -30 + coverageMm / 2 } : {}),
    ...(request.role === 'coronal' ? { orientation: 'coronal', gantryTiltDeg: 0 } : {}),
    ...(faults.some((fault) => fault.kind === 'mixed-spacing') ? { slicePositionsMm: mixedPositions(length) } : {}),
  };
  return request.role === 'chest' ? createChestPhantom(options) : createHeadPhantom(options);
}

/** 4 mm steps below, 7 mm above, one 1.08 mm step where the second run overlaps the first. */
function mixedPositions(lengthMm: number): number[] {
  const lower = Array.from({ length: Math.floor(lengthMm / 8) }, (_, k) => -30 + 4 * k);
  const last = lower.at(-1) ?? -30;
  const upper = Array.from({ length: Math.floor(lengthMm / 14) }, (_, k) => last + 1.08 + 7 * k);
  return [...lower, ...upper];
}

/** Scans and applies the faults that change the list of images. `shuffle` gives a value in [0, 1) per call. */
export function planSeries(request: SeriesRequest, head: HeadPhantomOptions, shuffle: () => number): SeriesPlan {
  const phantom = scanSeries(request, head);
  const faults = request.faults ?? [];
  let images: PlannedImage[] = Array.from({ length: phantom.sliceCount }, (_, index) => ({
    sliceIndex: index,
    copy: 0,
    instanceNumber: index + 1,
  }));
  for (const fault of faults) images = applyFault(images, fault, shuffle);
  return { phantom, images, patientMismatch: faults.some((fault) => fault.kind === 'patient-mismatch') };
}

function applyFault(images: PlannedImage[], fault: SeriesFault, shuffle: () => number): PlannedImage[] {
  switch (fault.kind) {
    case 'missing-slices':
      return images.filter(({ sliceIndex }) => sliceIndex < fault.at || sliceIndex >= fault.at + fault.count);
    case 'duplicate-slice':
      return images.flatMap((image) =>
        image.sliceIndex === fault.at ? [image, { ...image, copy: 1, instanceNumber: images.length + 1 }] : [image],
      );
    case 'reversed-order':
      return images.map((image) => ({ ...image, instanceNumber: images.length - image.sliceIndex }));
    case 'shuffled-order':
      return images
        .map((image) => ({ image, key: shuffle() }))
        .sort((a, b) => a.key - b.key)
        .map(({ image }, index) => ({ ...image, instanceNumber: index + 1 }));
    case 'truncated-pixels':
      return images.map((image) => (image.sliceIndex === fault.at ? { ...image, keepPixels: fault.keep } : image));
    case 'no-pixel-data':
      return images.map((image) => (image.sliceIndex === fault.at ? { ...image, keepPixels: 0 } : image));
    case 'mixed-spacing':
    case 'partial-head':
    case 'patient-mismatch':
      return images;
  }
}
