/** Instance facts of a plain axial 5 mm head, for tests of planning and selection. */
import type { FrameFacts, InstanceFacts } from '../../src/imaging/decode/instance-facts.ts';

export function frameFacts(z: number, more: Partial<FrameFacts> = {}): FrameFacts {
  return {
    position: [-125, -125, z],
    orientation: [1, 0, 0, 0, 1, 0],
    pixelSpacingMm: [0.5, 0.5],
    thicknessMm: 5,
    rescaleSlope: 1,
    rescaleIntercept: -1024,
    ...more,
  };
}

export function instanceFacts(
  index: number,
  z: number,
  frame: Partial<FrameFacts> = {},
  more: Partial<InstanceFacts> = {},
): InstanceFacts {
  return {
    sopInstanceUid: `1.2.3.4.${String(index)}`,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    studyInstanceUid: '1.2.3',
    seriesInstanceUid: '1.2.3.4',
    patientId: 'P-1',
    modality: 'CT',
    imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    seriesDescription: 'Head 5.0',
    protocolName: '',
    bodyPart: 'HEAD',
    kernel: 'H30s',
    contrastAgent: '',
    kvp: 120,
    manufacturer: 'ACME',
    manufacturerModel: 'One',
    acquisitionNumber: 1,
    rows: 4,
    columns: 6,
    bitsAllocated: 16,
    samplesPerPixel: 1,
    frames: [frameFacts(z, frame)],
    ...more,
  };
}

/** `count` contiguous slices. */
export function stackFacts(count: number, spacingMm = 5, frame: Partial<FrameFacts> = {}): InstanceFacts[] {
  return Array.from({ length: count }, (_, index) =>
    instanceFacts(index, index * spacingMm, { thicknessMm: spacingMm, ...frame }),
  );
}
