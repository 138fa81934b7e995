/**
 * What one instance says about itself, apart from its pixels: read the same way from WADO-RS metadata (to plan)
 * and from the file itself (to check the plan). Classic CT has one frame; Enhanced CT (PS3.3 A.38.1) has many,
 * described by its functional groups.
 */
import { toNumber, toText, type Dataset } from './dataset.ts';
import { ATTRIBUTES as A, type Attribute } from './tags.ts';

export interface FrameFacts {
  /** Image Position (Patient) in mm, LPS; empty when not stated. */
  readonly position: readonly number[];
  /** Direction cosines of a row, then of a column; empty when not stated. */
  readonly orientation: readonly number[];
  /** [between rows, between columns] in mm; empty when not stated. */
  readonly pixelSpacingMm: readonly number[];
  readonly thicknessMm: number | undefined;
  readonly rescaleSlope: number;
  readonly rescaleIntercept: number;
}

export interface InstanceFacts {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly patientId: string;
  readonly modality: string;
  readonly imageType: readonly string[];
  readonly seriesDescription: string;
  readonly protocolName: string;
  readonly bodyPart: string;
  readonly kernel: string;
  readonly contrastAgent: string;
  readonly kvp: number | undefined;
  readonly manufacturer: string;
  readonly manufacturerModel: string;
  readonly acquisitionNumber: number | undefined;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
  readonly samplesPerPixel: number;
  readonly frames: readonly FrameFacts[];
}

export function readInstanceFacts(dataset: Dataset): InstanceFacts {
  const shared = dataset.items(A.sharedFunctionalGroupsSequence)[0];
  const first = dataset.items(A.perFrameFunctionalGroupsSequence)[0];
  const within = (sequence: Attribute, attribute: Attribute): readonly string[] =>
    firstOf([dataset, ...groupItems([shared, first], sequence)], (place) => place.strings(attribute));
  return {
    sopInstanceUid: toText(dataset, A.sopInstanceUid),
    sopClassUid: toText(dataset, A.sopClassUid),
    studyInstanceUid: toText(dataset, A.studyInstanceUid),
    seriesInstanceUid: toText(dataset, A.seriesInstanceUid),
    patientId: toText(dataset, A.patientId),
    modality: toText(dataset, A.modality),
    imageType: dataset.strings(A.imageType),
    seriesDescription: toText(dataset, A.seriesDescription),
    protocolName: toText(dataset, A.protocolName),
    bodyPart: toText(dataset, A.bodyPartExamined),
    kernel: within(A.ctReconstructionSequence, A.convolutionKernel).join('\\'),
    contrastAgent: toText(dataset, A.contrastBolusAgent),
    kvp: toFinite(within(A.ctXRayDetailsSequence, A.kvp)[0]),
    manufacturer: toText(dataset, A.manufacturer),
    manufacturerModel: toText(dataset, A.manufacturerModelName),
    acquisitionNumber: toNumber(dataset, A.acquisitionNumber),
    rows: toNumber(dataset, A.rows) ?? 0,
    columns: toNumber(dataset, A.columns) ?? 0,
    bitsAllocated: toNumber(dataset, A.bitsAllocated) ?? 0,
    samplesPerPixel: toNumber(dataset, A.samplesPerPixel) ?? 1,
    frames: readFrames(dataset, shared),
  };
}

function readFrames(dataset: Dataset, shared: Dataset | undefined): readonly FrameFacts[] {
  const perFrame = dataset.items(A.perFrameFunctionalGroupsSequence);
  // A stated number of frames is believed only as far as frames are described; the file is held to it later.
  const count = Math.min(toNumber(dataset, A.numberOfFrames) ?? 1, Math.max(perFrame.length, 1));
  return Array.from({ length: Math.max(count, 0) }, (_, index) => {
    const groups = [perFrame[index], shared];
    const numbers = (sequence: Attribute, attribute: Attribute): readonly number[] =>
      firstOf([...groupItems(groups, sequence), dataset], (place) => place.numbers(attribute));
    return {
      position: numbers(A.planePositionSequence, A.imagePositionPatient),
      orientation: numbers(A.planeOrientationSequence, A.imageOrientationPatient),
      pixelSpacingMm: numbers(A.pixelMeasuresSequence, A.pixelSpacing),
      thicknessMm: numbers(A.pixelMeasuresSequence, A.sliceThickness)[0],
      rescaleSlope: numbers(A.pixelValueTransformationSequence, A.rescaleSlope)[0] ?? 1,
      rescaleIntercept: numbers(A.pixelValueTransformationSequence, A.rescaleIntercept)[0] ?? 0,
    };
  });
}

function groupItems(groups: readonly (Dataset | undefined)[], sequence: Attribute): readonly Dataset[] {
  return groups.flatMap((group) => group?.items(sequence)[0] ?? []);
}

function firstOf<T>(places: readonly Dataset[], read: (place: Dataset) => readonly T[]): readonly T[] {
  for (const place of places) {
    const values = read(place);
    if (values.length > 0) return values;
  }
  return [];
}

function toFinite(value: string | undefined): number | undefined {
  const number = value === undefined ? NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}
