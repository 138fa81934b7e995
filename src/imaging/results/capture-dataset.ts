/**
 * One picture as a Secondary Capture Image Storage instance (PS3.3 A.8.1), one frame each: every archive and viewer of
 * the last twenty years shows it (ADR 0131). No pixel spacing: nobody is to measure on a picture of a CT.
 */
import type { NaturalDataset } from 'dcmjs';
import type { Canvas } from './canvas.ts';
import codes from './codes.json' with { type: 'json' };
import { toCode, toSopReference, type ImageReference } from './content-items.ts';
import { CODING_SCHEMES, toCommonModules, type ResultContext } from './result-dataset.ts';
import type { PlannedCapture } from './result-plan.ts';

export const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

export function toCaptureDataset(
  context: ResultContext,
  planned: PlannedCapture,
  canvas: Canvas,
  sources: readonly ImageReference[],
): NaturalDataset {
  const { source } = context;
  return {
    ...toCommonModules(context, planned),
    SOPClassUID: SECONDARY_CAPTURE,
    Modality: 'OT',
    BodyPartExamined: 'HEAD',
    ConversionType: 'WSD',
    ImageType: ['DERIVED', 'SECONDARY', 'OTHER'],
    // Columns run from the patient's right to left, rows from front to back (ct-volume.ts).
    PatientOrientation: ['L', 'P'],
    ImageComments: codes.researchUse,
    DerivationDescription: describeDerivation(context, planned),
    SourceImageSequence: sources.map((one) => ({
      ...toSopReference(one),
      PurposeOfReferenceCodeSequence: [toCode(codes.concepts.sourceForProcessing)],
    })),
    CodingSchemeIdentificationSequence: CODING_SCHEMES,
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: canvas.rows,
    Columns: canvas.columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    // PS3.3 C.7.6.1: YES means that the drawn text identifies the patient and the date. Ours does neither; the CT's may.
    BurnedInAnnotation: source.saysBurnedIn ? 'YES' : 'NO',
    // YES or nothing: whether a face can be made of a few slices is not ours to deny.
    ...(source.saysRecognizable ? { RecognizableVisualFeatures: 'YES' } : {}),
    ...(source.saysLossy ? { LossyImageCompression: '01' } : {}),
  };
}

/** ST, at most 1024 characters. */
function describeDerivation({ assessment }: ResultContext, { target, sliceIndex }: PlannedCapture): string {
  const { ensemble } = assessment;
  const networks = ensemble.networks.map((one) => `${one.displayName} ${one.version}`).join(', ');
  return (
    `Slice ${String(sliceIndex + 1)} of the analysed CT in the brain window (L40 W80), overlaid with the mean class ` +
    `activation map for "${codes.targets[target].title}" of ${networks} (ensemble ${ensemble.id} ${ensemble.version}, ` +
    `sha256 ${ensemble.digest}), with text drawn around it. ${codes.researchUse}`
  );
}
