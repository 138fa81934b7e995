/**
 * The attributes this room reads, by the keyword of DICOM PS3.6, with tag and VR.
 * The VR is needed for implicit-VR files; nothing outside this table is ever interpreted.
 */
export interface Attribute {
  readonly tag: number;
  readonly vr: 'CS' | 'DS' | 'DT' | 'DA' | 'TM' | 'FD' | 'IS' | 'LO' | 'SH' | 'SQ' | 'UI' | 'US' | 'XS' | 'OV';
}

const attribute = (tag: number, vr: Attribute['vr']): Attribute => ({ tag, vr });

export const ATTRIBUTES = {
  imageType: attribute(0x00080008, 'CS'),
  sopClassUid: attribute(0x00080016, 'UI'),
  sopInstanceUid: attribute(0x00080018, 'UI'),
  acquisitionDate: attribute(0x00080022, 'DA'),
  acquisitionDateTime: attribute(0x0008002a, 'DT'),
  acquisitionTime: attribute(0x00080032, 'TM'),
  modality: attribute(0x00080060, 'CS'),
  manufacturer: attribute(0x00080070, 'LO'),
  seriesDescription: attribute(0x0008103e, 'LO'),
  manufacturerModelName: attribute(0x00081090, 'LO'),
  frameType: attribute(0x00089007, 'CS'),
  patientId: attribute(0x00100020, 'LO'),
  contrastBolusAgent: attribute(0x00180010, 'LO'),
  bodyPartExamined: attribute(0x00180015, 'CS'),
  sliceThickness: attribute(0x00180050, 'DS'),
  kvp: attribute(0x00180060, 'DS'),
  protocolName: attribute(0x00181030, 'LO'),
  gantryDetectorTilt: attribute(0x00181120, 'DS'),
  convolutionKernel: attribute(0x00181210, 'SH'),
  ctReconstructionSequence: attribute(0x00189314, 'SQ'),
  ctXRayDetailsSequence: attribute(0x00189325, 'SQ'),
  ctImageFrameTypeSequence: attribute(0x00189329, 'SQ'),
  studyInstanceUid: attribute(0x0020000d, 'UI'),
  seriesInstanceUid: attribute(0x0020000e, 'UI'),
  seriesNumber: attribute(0x00200011, 'IS'),
  acquisitionNumber: attribute(0x00200012, 'IS'),
  imagePositionPatient: attribute(0x00200032, 'DS'),
  imageOrientationPatient: attribute(0x00200037, 'DS'),
  planePositionSequence: attribute(0x00209113, 'SQ'),
  planeOrientationSequence: attribute(0x00209116, 'SQ'),
  numberOfSeriesRelatedInstances: attribute(0x00201209, 'IS'),
  samplesPerPixel: attribute(0x00280002, 'US'),
  photometricInterpretation: attribute(0x00280004, 'CS'),
  numberOfFrames: attribute(0x00280008, 'IS'),
  rows: attribute(0x00280010, 'US'),
  columns: attribute(0x00280011, 'US'),
  pixelSpacing: attribute(0x00280030, 'DS'),
  burnedInAnnotation: attribute(0x00280301, 'CS'),
  recognizableVisualFeatures: attribute(0x00280302, 'CS'),
  lossyImageCompression: attribute(0x00282110, 'CS'),
  bitsAllocated: attribute(0x00280100, 'US'),
  bitsStored: attribute(0x00280101, 'US'),
  highBit: attribute(0x00280102, 'US'),
  pixelRepresentation: attribute(0x00280103, 'US'),
  pixelPaddingValue: attribute(0x00280120, 'XS'),
  pixelPaddingRangeLimit: attribute(0x00280121, 'XS'),
  rescaleIntercept: attribute(0x00281052, 'DS'),
  rescaleSlope: attribute(0x00281053, 'DS'),
  pixelMeasuresSequence: attribute(0x00289110, 'SQ'),
  pixelValueTransformationSequence: attribute(0x00289145, 'SQ'),
  sharedFunctionalGroupsSequence: attribute(0x52009229, 'SQ'),
  perFrameFunctionalGroupsSequence: attribute(0x52009230, 'SQ'),
  extendedOffsetTable: attribute(0x7fe00001, 'OV'),
} as const satisfies Record<string, Attribute>;

export const SEQUENCE_TAGS: ReadonlySet<number> = new Set(
  Object.values(ATTRIBUTES)
    .filter((entry) => entry.vr === 'SQ')
    .map((entry) => entry.tag),
);

export const PIXEL_DATA_TAG = 0x7fe00010;

/** `00280010`: the key of an attribute in the DICOM JSON model (PS3.18 F.2.2). */
export function toJsonKey(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(8, '0');
}
