/**
 * Enhanced CT Image Storage (PS3.3 A.38): the whole series as frames of one instance, geometry and rescale in
 * functional groups instead of the top level.
 */
import type { HeadPhantom } from '../head-phantom.ts';
import {
  pixelModule,
  seriesModules,
  SOP_CLASS_UIDS,
  studyModules,
  toDecimalString,
  toDicomInstant,
  type SeriesHeader,
} from './ct-dataset.ts';
import { writePart10 } from './part10.ts';
import { encodePixels, ENCODING_RULES, frameFormat, type PixelEncoding } from './pixel-encoding.ts';
import { createUid } from './uid.ts';
import type { CtInstance, SeriesJob } from './series-job.ts';

/** X-ray, table and geometry macros (PS3.3 C.8.15.3): one sequential scan with fixed settings. */
function scanGroups(series: SeriesHeader): object {
  return {
    CTAcquisitionTypeSequence: [
      {
        AcquisitionType: 'SEQUENCED',
        ConstantVolumeFlag: 'NO',
        FluoroscopyFlag: 'NO',
      },
    ],
    CTAcquisitionDetailsSequence: [
      {
        RotationDirection: 'CW',
        RevolutionTime: 1,
        SingleCollimationWidth: 1.25,
        TotalCollimationWidth: 20,
        TableHeight: 150,
        GantryDetectorTilt: series.gantryTiltDeg,
        DataCollectionDiameter: 500,
      },
    ],
    CTTableDynamicsSequence: [{ TableSpeed: 10, TableFeedPerRotation: 20 }],
    CTPositionSequence: [
      { TablePosition: 0, DataCollectionCenterPatient: [0, 0, 0], ReconstructionTargetCenterPatient: [0, 0, 0] },
    ],
    CTGeometrySequence: [{ DistanceSourceToDetector: 950, DistanceSourceToDataCollectionCenter: 540 }],
    IrradiationEventIdentificationSequence: [
      { IrradiationEventUID: createUid(`${series.seriesInstanceUid}/irradiation`) },
    ],
    CTExposureSequence: [
      {
        ExposureTimeInms: 1000,
        XRayTubeCurrentInmA: series.recipe.tubeCurrentMa,
        ExposureInmAs: series.recipe.tubeCurrentMa,
        ExposureModulationType: 'NONE',
      },
    ],
    CTXRayDetailsSequence: [
      { KVP: toDecimalString(series.kvp), FocalSpots: '0.7', FilterType: 'FLAT', FilterMaterial: 'ALUMINUM' },
    ],
  };
}

function sharedGroups(phantom: HeadPhantom, series: SeriesHeader, encoding: PixelEncoding): object {
  const { recipe } = series;
  const type = [...recipe.imageType.slice(0, 2), 'VOLUME', 'NONE'];
  return {
    PixelMeasuresSequence: [
      {
        SliceThickness: toDecimalString(phantom.sliceThicknessMm),
        SpacingBetweenSlices: toDecimalString(phantom.sliceSpacingMm),
        PixelSpacing: [toDecimalString(phantom.pixelSpacingMm), toDecimalString(phantom.pixelSpacingMm)],
      },
    ],
    PlaneOrientationSequence: [{ ImageOrientationPatient: phantom.orientation.map(toDecimalString) }],
    CTImageFrameTypeSequence: [
      {
        FrameType: type,
        PixelPresentation: 'MONOCHROME',
        VolumetricProperties: 'VOLUME',
        VolumeBasedCalculationTechnique: 'NONE',
      },
    ],
    PixelValueTransformationSequence: [
      {
        RescaleIntercept: String(ENCODING_RULES[encoding].rescaleIntercept),
        RescaleSlope: '1',
        RescaleType: 'HU',
      },
    ],
    ...scanGroups(series),
    CTReconstructionSequence: [
      {
        ReconstructionAlgorithm: 'FILTER_BACK_PROJ',
        ConvolutionKernel: recipe.kernelName,
        ConvolutionKernelGroup: 'BRAIN',
        ReconstructionDiameter: toDecimalString(phantom.columns * phantom.pixelSpacingMm),
        ReconstructionPixelSpacing: [phantom.pixelSpacingMm, phantom.pixelSpacingMm],
        ReconstructionAngle: 360,
        ImageFilter: 'NONE',
      },
    ],
    FrameVOILUTSequence: [
      {
        WindowCenter: String(recipe.window.center[0] ?? 40),
        WindowWidth: String(recipe.window.width[0] ?? 80),
      },
    ],
    FrameAnatomySequence: [
      {
        FrameLaterality: 'U',
        AnatomicRegionSequence: [{ CodeValue: '69536005', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Head' }],
      },
    ],
  };
}

/** The frame-level attributes move to the functional groups, so the top level must not repeat them. */
function topLevelPixels(phantom: HeadPhantom, series: SeriesHeader, encoding: PixelEncoding): Record<string, unknown> {
  const pixels = pixelModule(phantom, series.recipe, encoding);
  for (const moved of ['RescaleIntercept', 'RescaleSlope', 'RescaleType', 'WindowCenter', 'WindowWidth']) {
    Reflect.deleteProperty(pixels, moved);
  }
  return pixels;
}

export function writeEnhancedCt(job: SeriesJob, series: SeriesHeader, phantom: HeadPhantom): CtInstance {
  const encoding = job.request.encoding ?? 'signed';
  const sopInstanceUid = createUid(`${series.seriesInstanceUid}/enhanced`);
  const [date, time] = toDicomInstant(job.header.startedAt, series.startsAfterS);
  const dimensions = createUid(`${sopInstanceUid}/dimensions`);
  const size = phantom.rows * phantom.columns;
  const frames = Array.from({ length: phantom.sliceCount }, (_, k) =>
    encodePixels(phantom.hu.subarray(k * size, (k + 1) * size), encoding),
  );
  const dataset = {
    ...studyModules(job.header),
    ...seriesModules(job.header, series, 'CT'),
    ...topLevelPixels(phantom, series, encoding),
    SOPClassUID: SOP_CLASS_UIDS.enhancedCt,
    SOPInstanceUID: sopInstanceUid,
    ImageType: [...series.recipe.imageType.slice(0, 2), 'VOLUME', 'NONE'],
    InstanceNumber: '1',
    AcquisitionDateTime: `${date}${time}`,
    AcquisitionDuration: phantom.sliceCount * 1000,
    AcquisitionContextSequence: [],
    ContentQualification: 'RESEARCH',
    NumberOfFrames: String(phantom.sliceCount),
    PixelPresentation: 'MONOCHROME',
    VolumetricProperties: 'VOLUME',
    VolumeBasedCalculationTechnique: 'NONE',
    PresentationLUTShape: 'IDENTITY',
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimensions }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: dimensions,
        DimensionIndexPointer: '00209057',
        FunctionalGroupPointer: '00209111',
      },
    ],
    SharedFunctionalGroupsSequence: [sharedGroups(phantom, series, encoding)],
    PerFrameFunctionalGroupsSequence: phantom.positionsMm.map((position, k) => ({
      PlanePositionSequence: [{ ImagePositionPatient: position.map(toDecimalString) }],
      FrameContentSequence: [
        {
          FrameAcquisitionNumber: 1,
          FrameReferenceDateTime: `${date}${time}`,
          FrameAcquisitionDateTime: `${date}${time}`,
          FrameAcquisitionDuration: 1000,
          StackID: '1',
          InStackPositionNumber: k + 1,
          DimensionIndexValues: [k + 1],
        },
      ],
    })),
  };
  const format = frameFormat(phantom.rows, phantom.columns, encoding);
  const bytes = writePart10(dataset, frames, format, job.request.transferSyntax);
  return { sopInstanceUid, sopClassUid: SOP_CLASS_UIDS.enhancedCt, instanceNumber: 1, bytes };
}
