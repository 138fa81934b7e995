/**
 * CT Image Storage datasets (PS3.3 A.3): patient, study, equipment, series, frame of reference, image plane, pixels.
 * Names are obviously synthetic, and Synthetic Data (0008,001C) says so in the header as well.
 */
import type { NaturalDataset } from 'dcmjs';
import type { SeriesRecipe } from '../series-recipe.ts';
import { ENCODING_RULES, type PixelEncoding } from './pixel-encoding.ts';

export const SOP_CLASS_UIDS = {
  ct: '1.2.840.10008.5.1.4.1.1.2',
  enhancedCt: '1.2.840.10008.5.1.4.1.1.2.1',
  secondaryCapture: '1.2.840.10008.5.1.4.1.1.7',
} as const;

export interface SyntheticPatient {
  readonly patientId: string;
  /** DICOM person name, e.g. "PHANTOM^SEVEN". */
  readonly patientName: string;
  /** YYYYMMDD. */
  readonly birthDate: string;
  readonly sex: 'M' | 'F' | 'O';
}

export interface StudyHeader {
  readonly patient: SyntheticPatient;
  readonly studyInstanceUid: string;
  readonly frameOfReferenceUid: string;
  readonly accessionNumber: string;
  readonly description: string;
  /** ISO 8601 instant; DICOM dates and times are written in UTC. */
  readonly startedAt: string;
}

export interface SeriesHeader {
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number;
  readonly recipe: SeriesRecipe;
  readonly description: string;
  readonly kvp: number;
  readonly gantryTiltDeg: number;
  /** Seconds between the study's and this series' start. */
  readonly startsAfterS: number;
}

/** A DICOM DS value: at most 16 characters (PS3.5 6.2). */
export function toDecimalString(value: number): string {
  const text = String(Number(value.toFixed(6)));
  return text.length <= 16 ? text : value.toPrecision(9);
}

/** Seconds after the study's start as [DA, TM] in UTC. */
export function toDicomInstant(startedAt: string, plusSeconds: number): [string, string] {
  const iso = new Date(Date.parse(startedAt) + plusSeconds * 1000).toISOString();
  return [iso.slice(0, 10).replaceAll('-', ''), iso.slice(11, 23).replaceAll(':', '')];
}

/** Everything the instances of one study share, whatever their class. */
export function studyModules(study: StudyHeader): NaturalDataset {
  const [date, time] = toDicomInstant(study.startedAt, 0);
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SyntheticData: 'YES',
    StudyDate: date,
    StudyTime: time,
    AccessionNumber: study.accessionNumber,
    Manufacturer: 'thrombectomy-cds phantom',
    ManufacturerModelName: 'Procedural head',
    InstitutionName: 'Synthetic hospital',
    StationName: 'PHANTOM1',
    ReferringPhysicianName: 'SYNTHETIC^REFERRER',
    StudyDescription: study.description,
    PatientName: study.patient.patientName,
    PatientID: study.patient.patientId,
    PatientBirthDate: study.patient.birthDate,
    PatientSex: study.patient.sex,
    StudyInstanceUID: study.studyInstanceUid,
    StudyID: study.accessionNumber.slice(-8),
    DeviceSerialNumber: '1',
    SoftwareVersions: '1',
  };
}

/** Series, equipment settings and the times of one series. */
export function seriesModules(study: StudyHeader, series: SeriesHeader, modality: string): NaturalDataset {
  const [date, time] = toDicomInstant(study.startedAt, series.startsAfterS);
  return {
    Modality: modality,
    SeriesInstanceUID: series.seriesInstanceUid,
    SeriesNumber: String(series.seriesNumber),
    SeriesDescription: series.description,
    SeriesDate: date,
    SeriesTime: time,
    AcquisitionDate: date,
    AcquisitionTime: time,
    ContentDate: date,
    ContentTime: time,
    ProtocolName: series.recipe.protocol,
    BodyPartExamined: series.recipe.bodyPart,
    PatientPosition: 'HFS',
    FrameOfReferenceUID: study.frameOfReferenceUid,
    PositionReferenceIndicator: 'OM',
    ...contrastModule(series.recipe.contrast),
  };
}

function contrastModule(contrast: SeriesRecipe['contrast']): NaturalDataset {
  if (contrast === 'none') return {};
  return {
    ContrastBolusAgent: 'Iohexol 350 mg I/ml',
    ContrastBolusRoute: 'INTRAVENOUS',
    ContrastBolusVolume: contrast === 'arterial' ? '60' : '80',
  };
}

/** X-ray settings of a CT image (PS3.3 C.8.2.1). */
export function acquisitionModule(series: SeriesHeader, fieldOfViewMm: number): NaturalDataset {
  return {
    ScanOptions: 'AXIAL MODE',
    KVP: toDecimalString(series.kvp),
    DataCollectionDiameter: '500',
    ReconstructionDiameter: toDecimalString(fieldOfViewMm),
    GantryDetectorTilt: toDecimalString(series.gantryTiltDeg),
    TableHeight: '150',
    RotationDirection: 'CW',
    ExposureTime: '1000',
    XRayTubeCurrent: String(series.recipe.tubeCurrentMa),
    Exposure: String(series.recipe.tubeCurrentMa),
    FilterType: 'HEAD',
    ConvolutionKernel: series.recipe.kernelName,
  };
}

export interface ImagePlane {
  readonly rows: number;
  readonly columns: number;
  readonly pixelSpacingMm: number;
  readonly positionMm: readonly [number, number, number];
  readonly orientation: readonly number[];
  readonly sliceThicknessMm: number;
  readonly sliceSpacingMm: number;
  readonly sliceLocationMm: number;
}

/** One CT image without its pixels. */
export function ctImageDataset(
  study: StudyHeader,
  series: SeriesHeader,
  image: { readonly sopInstanceUid: string; readonly instanceNumber: number; readonly plane: ImagePlane },
  encoding: PixelEncoding,
): NaturalDataset {
  const { plane } = image;
  return {
    ...studyModules(study),
    ...seriesModules(study, series, 'CT'),
    ...acquisitionModule(series, plane.columns * plane.pixelSpacingMm),
    ...pixelModule(plane, series.recipe, encoding),
    SOPClassUID: SOP_CLASS_UIDS.ct,
    SOPInstanceUID: image.sopInstanceUid,
    ImageType: [...series.recipe.imageType],
    InstanceNumber: String(image.instanceNumber),
    AcquisitionNumber: '1',
    SliceThickness: toDecimalString(plane.sliceThicknessMm),
    SpacingBetweenSlices: toDecimalString(plane.sliceSpacingMm),
    SliceLocation: toDecimalString(plane.sliceLocationMm),
    ImagePositionPatient: plane.positionMm.map(toDecimalString),
    ImageOrientationPatient: plane.orientation.map(toDecimalString),
    PixelSpacing: [toDecimalString(plane.pixelSpacingMm), toDecimalString(plane.pixelSpacingMm)],
  };
}

/** Image pixel, modality LUT and VOI LUT modules for one encoding. */
export function pixelModule(
  size: { readonly rows: number; readonly columns: number },
  recipe: SeriesRecipe,
  encoding: PixelEncoding,
): NaturalDataset {
  const rule = ENCODING_RULES[encoding];
  const vr = rule.signed ? 'SS' : 'US';
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: size.rows,
    Columns: size.columns,
    BitsAllocated: 16,
    BitsStored: rule.bitsStored,
    HighBit: rule.bitsStored - 1,
    PixelRepresentation: rule.signed ? 1 : 0,
    ...(rule.padding === undefined ? {} : { PixelPaddingValue: rule.padding, _vrMap: { PixelPaddingValue: vr } }),
    RescaleIntercept: String(rule.rescaleIntercept),
    RescaleSlope: '1',
    RescaleType: 'HU',
    WindowCenter: recipe.window.center.map(String),
    WindowWidth: recipe.window.width.map(String),
  };
}
