import { expect } from 'chai';
import fc from 'fast-check';
import { GEOMETRY_LIMITS } from '../../../../src/imaging/volume/geometry-limits.ts';
import { planVolume, type VolumePlan } from '../../../../src/imaging/volume/volume-plan.ts';
import type { InstanceFacts } from '../../../../src/imaging/decode/instance-facts.ts';
import { frameFacts, instanceFacts, stackFacts } from '../../../support/imaging-facts.ts';

const plan = (instances: readonly InstanceFacts[]) => planVolume(instances, GEOMETRY_LIMITS);

function planned(instances: readonly InstanceFacts[]): VolumePlan {
  const result = plan(instances);
  if ('kind' in result) throw new Error(`${result.reason}: ${result.detail}`);
  return result;
}

describe('imaging/volume/volume-plan', () => {
  it('orders slices by position, whatever their order of arrival or number', () => {
    const stack = stackFacts(12);
    expect(planned(stack.toReversed()).slicePositionsMm).to.deep.equal(planned(stack).slicePositionsMm);
    expect(planned(stack.toReversed()).sourceInstanceUids[0]).to.deep.equal(['1.2.3.4.0']);
  });

  it('measures positions along the normal of a tilted gantry', () => {
    const tilt = (18.5 * Math.PI) / 180;
    const orientation = [1, 0, 0, 0, Math.cos(tilt), -Math.sin(tilt)];
    const stack = Array.from({ length: 12 }, (_, index) =>
      instanceFacts(index, index * 5.27247, { orientation, thicknessMm: 5 }),
    );
    const { slicePositionsMm, gantryTiltDeg } = planned(stack);
    expect(gantryTiltDeg).to.equal(18.5);
    expect(slicePositionsMm[1]! - slicePositionsMm[0]!).to.be.closeTo(5, 1e-4);
  });

  it('names a gap with its numbers', () => {
    const result = plan(stackFacts(12).filter((_, index) => index !== 6));
    expect(result).to.include({ kind: 'abstained', reason: 'slice-gap' });
    expect(result).to.have.property('detail').that.includes('10.00 mm between slices 5.00 mm thick');
  });

  it('keeps an acquired interslice gap of less than half a slice', () => {
    expect(planned(stackFacts(12, 7, { thicknessMm: 5 })).sliceThicknessMm).to.equal(5);
  });

  it('keeps mixed thickness: 4 mm below, 7 mm above', () => {
    const low = stackFacts(8, 4);
    const high = Array.from({ length: 8 }, (_, index) =>
      instanceFacts(100 + index, 33 + index * 7, { thicknessMm: 7 }),
    );
    expect(planned([...low, ...high]).slicePositionsMm).to.have.length(16);
  });

  const REFUSED: readonly (readonly [string, InstanceFacts[], string])[] = [
    ['two slices at one position', [...stackFacts(12), instanceFacts(99, 25)], 'slice-geometry-inconsistent'],
    ['a coronal stack', stackFacts(12, 5, { orientation: [1, 0, 0, 0, 0, -1] }), 'orientation-not-axial'],
    [
      'a head turned by 45 degrees',
      stackFacts(12, 5, { orientation: [0.7071, 0.7071, 0, -0.7071, 0.7071, 0] }),
      'orientation-not-axial',
    ],
    ['no orientation', stackFacts(12, 5, { orientation: [] }), 'slice-geometry-inconsistent'],
    ['no position', stackFacts(12, 5, { position: [] }), 'slice-geometry-inconsistent'],
    ['no pixel spacing', stackFacts(12, 5, { pixelSpacingMm: [] }), 'slice-geometry-inconsistent'],
    [
      'no thickness',
      stackFacts(12).map((one) => ({ ...one, frames: [{ ...one.frames[0]!, thicknessMm: undefined }] })),
      'slice-geometry-inconsistent',
    ],
    [
      'two orientations',
      [...stackFacts(12), instanceFacts(99, 60, { orientation: [1, 0, 0, 0, 0.99, -0.141] })],
      'slice-geometry-inconsistent',
    ],
    ['two matrix sizes', [...stackFacts(12), instanceFacts(99, 60, {}, { rows: 8 })], 'slice-geometry-inconsistent'],
    [
      'two pixel spacings',
      [...stackFacts(12), instanceFacts(99, 60, { pixelSpacingMm: [0.6, 0.6] })],
      'slice-geometry-inconsistent',
    ],
    [
      'a jump inside the plane',
      [...stackFacts(12), instanceFacts(99, 60, { position: [-60, -125, 60] })],
      'slice-geometry-inconsistent',
    ],
    ['nothing at all', [], 'slice-geometry-inconsistent'],
  ];
  for (const [what, instances, reason] of REFUSED) {
    it(`refuses ${what}: ${reason}`, () => expect(plan(instances)).to.include({ kind: 'abstained', reason }));
  }

  it('swaps spacing and size of a transposed acquisition', () => {
    const turned = planned(stackFacts(12, 5, { orientation: [0, 1, 0, 1, 0, 0], pixelSpacingMm: [0.4, 0.6] }));
    expect(turned).to.include({ rows: 6, columns: 4 });
    expect(turned.pixelSpacingMm).to.deep.equal([0.6, 0.4]);
  });

  it('averages thin slices to 5 mm slabs and says which slices each came from', () => {
    const slabs = planned(stackFacts(100, 1));
    expect(slabs).to.include({ mode: 'slabs', sliceThicknessMm: 5 });
    expect(slabs.slicePositionsMm).to.deep.equal(Array.from({ length: 20 }, (_, index) => 2 + index * 5));
    expect(slabs.sourceInstanceUids.every((uids) => uids.length === 5)).to.equal(true);
  });

  it('plans the frames of an enhanced multi-frame instance', () => {
    const frames = Array.from({ length: 15 }, (_, index) => frameFacts(index * 5));
    const { frames: byInstance, slicePositionsMm } = planned([instanceFacts(1, 0, {}, { frames })]);
    expect(byInstance.get('1.2.3.4.1')).to.have.length(15);
    expect(slicePositionsMm).to.have.length(15);
  });

  it('property: every slab is fully covered, and by whole-number weights', () => {
    const thin = fc.tuple(fc.integer({ min: 20, max: 400 }), fc.double({ min: 0.2, max: 2.4, noNaN: true }));
    fc.assert(
      fc.property(thin, ([count, spacingMm]) => {
        const slabs = planned(stackFacts(count, spacingMm));
        const sums = new Array<number>(slabs.slicePositionsMm.length).fill(0);
        for (const frames of slabs.frames.values()) {
          for (const { slice, weight } of frames.flatMap(({ targets }) => targets)) {
            expect(Number.isInteger(weight) && weight > 0).to.equal(true);
            sums[slice]! += weight;
          }
        }
        expect(sums).to.deep.equal(slabs.weightSums);
        for (const sum of sums.slice(0, -1)) expect(sum).to.be.within(1024 - 30, 1024 + 30);
      }),
      { numRuns: 60 },
    );
  });
});
