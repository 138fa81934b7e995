import { expect } from 'chai';
import { readInstanceFacts } from '../../../../src/imaging/decode/instance-facts.ts';
import { readPart10, UnsupportedTransferSyntax } from '../../../../src/imaging/decode/part10-reader.ts';
import { decodeInstance, type ExpectedInstance } from '../../../../src/imaging/volume/decode-instance.ts';
import { GEOMETRY_LIMITS } from '../../../../src/imaging/volume/geometry-limits.ts';
import { createSharedVolume } from '../../../../src/imaging/volume/shared-volume.ts';
import { planVolume } from '../../../../src/imaging/volume/volume-plan.ts';
import { rampPixels, writeSmallSlice } from '../../../support/imaging-files.ts';

const limits = { maximumInflatedBytes: 1 << 20 };
const planned = readInstanceFacts(readPart10(writeSmallSlice(), limits).dataset);
const plan = planVolume([planned], GEOMETRY_LIMITS);
if ('kind' in plan) throw new Error(plan.detail);
const { transform } = plan;
const expected: ExpectedInstance = { ...planned, frames: plan.frames.get(planned.sopInstanceUid) ?? [] };

function decode(bytes: Uint8Array, more: Partial<ExpectedInstance> = {}) {
  const volume = createSharedVolume(plan as Exclude<typeof plan, { kind: string }>);
  const outcome = decodeInstance({ bytes, expected: { ...expected, ...more }, transform, volume, ...limits });
  return { outcome, hu: new Int16Array(volume.hu) };
}

describe('imaging/volume/decode-instance', () => {
  it('writes the HU of the file it expects', () => {
    const { outcome, hu } = decode(writeSmallSlice());
    expect(outcome).to.deep.equal({ kind: 'decoded', transferSyntaxUid: '1.2.840.10008.1.2.1' });
    expect(hu).to.deep.equal(rampPixels(16));
  });

  const MIXED_UP: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['another study', { StudyInstanceUID: '1.2.9' }, 'patient-mismatch'],
    ['another series', { SeriesInstanceUID: '1.2.9' }, 'patient-mismatch'],
    ['another instance', { SOPInstanceUID: '1.2.9' }, 'patient-mismatch'],
    ['another patient', { PatientID: 'P-2' }, 'patient-mismatch'],
    ['no patient', { PatientID: '' }, 'patient-mismatch'],
    ['another position', { ImagePositionPatient: [-10, -12, 36] }, 'slice-geometry-inconsistent'],
    ['another orientation', { ImageOrientationPatient: [-1, 0, 0, 0, 1, 0] }, 'slice-geometry-inconsistent'],
  ];
  for (const [what, dataset, reason] of MIXED_UP) {
    it(`refuses a file of ${what} and writes none of its pixels`, () => {
      const { outcome, hu } = decode(writeSmallSlice({ dataset }));
      expect(outcome).to.include({ kind: 'abstained', reason });
      expect(hu.every((value) => value === 0)).to.equal(true);
    });
  }

  it('refuses a file of another size', () => {
    expect(decode(writeSmallSlice({ side: 32 })).outcome).to.include({ reason: 'slice-geometry-inconsistent' });
  });

  it('names a transfer syntax that is not decoded here', () => {
    const text = Buffer.from(writeSmallSlice())
      .toString('latin1')
      .replace('1.2.840.10008.1.2.1\0', '1.2.840.10008.1.2.9\0');
    expect(() => decode(Uint8Array.from(Buffer.from(text, 'latin1'))))
      .to.throw(UnsupportedTransferSyntax)
      .with.nested.property('details.transferSyntax', '1.2.840.10008.1.2.9');
  });

  const NOT_CT: readonly (readonly [string, Record<string, unknown>])[] = [
    ['colour', { SamplesPerPixel: 3 }],
    ['inverted grey', { PhotometricInterpretation: 'MONOCHROME1' }],
    ['8-bit cells', { BitsAllocated: 8, BitsStored: 8, HighBit: 7 }],
    ['a high bit below the stored bits', { BitsStored: 16, HighBit: 10 }],
  ];
  for (const [what, dataset] of NOT_CT) {
    it(`refuses ${what}`, () => {
      expect(() => decode(writeSmallSlice({ dataset })))
        .to.throw()
        .with.property('code', 'dicom-malformed');
    });
  }

  it('refuses a file with another number of frames than the metadata said', () => {
    const twice = [...expected.frames, ...expected.frames];
    expect(() => decode(writeSmallSlice(), { frames: twice })).to.throw('another number of frames');
  });
});
