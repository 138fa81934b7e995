import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { GEOMETRY_LIMITS } from '../../../../src/imaging/volume/geometry-limits.ts';
import { createSharedVolume, settleSlabs, storeSlice } from '../../../../src/imaging/volume/shared-volume.ts';
import { digestVolume } from '../../../../src/imaging/volume/volume-digest.ts';
import { planVolume } from '../../../../src/imaging/volume/volume-plan.ts';
import { stackFacts } from '../../../support/imaging-facts.ts';

function fill(order: readonly number[], valueOf: (index: number) => number): Int16Array {
  const plan = planVolume(stackFacts(40, 1), GEOMETRY_LIMITS);
  if ('kind' in plan) throw new Error(plan.detail);
  const volume = createSharedVolume(plan);
  for (const index of order) {
    const [frame] = plan.frames.get(`1.2.3.4.${String(index)}`)!;
    storeSlice(volume, new Int16Array(volume.slicePixels).fill(valueOf(index)), frame!.targets);
  }
  settleSlabs(volume, plan.weightSums);
  return new Int16Array(volume.hu);
}

const inOrder = Array.from({ length: 40 }, (_, index) => index);

describe('imaging/volume/shared-volume', () => {
  it('averages the slices of a slab', () => {
    const hu = fill(inOrder, (index) => index);
    expect(hu[0]).to.equal(2);
    expect(hu.at(-1)).to.equal(37);
  });

  it('leaves a constant volume constant, at both ends of the range', () => {
    for (const value of [-1024, 32767]) expect(new Set(fill(inOrder, () => value))).to.deep.equal(new Set([value]));
  });

  it('property: the result does not depend on the order of arrival', () => {
    const expected = fill(inOrder, (index) => (index * 37) % 91);
    const orders = fc.shuffledSubarray(inOrder, { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(orders, (order) => {
        expect(fill(order, (index) => (index * 37) % 91)).to.deep.equal(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('has a digest that changes with one pixel and with the geometry', () => {
    const geometry = {
      rows: 1,
      columns: 2,
      sliceCount: 1,
      pixelSpacingMm: [0.5, 0.5] as const,
      slicePositionsMm: [0],
      sliceThicknessMm: 5,
      gantryTiltDeg: 0,
    };
    const digests = [
      digestVolume(geometry, Int16Array.of(1, 2)),
      digestVolume(geometry, Int16Array.of(1, 3)),
      digestVolume({ ...geometry, gantryTiltDeg: 1 }, Int16Array.of(1, 2)),
    ];
    expect(new Set(digests).size).to.equal(3);
  });

  it('has a digest that an auditor can recompute from one line of JSON and the pixels', () => {
    const geometry = {
      rows: 1,
      columns: 2,
      sliceCount: 1,
      pixelSpacingMm: [0.5, 0.5] as const,
      slicePositionsMm: [0],
      sliceThicknessMm: 5,
      gantryTiltDeg: 0,
    };
    const line =
      '{"rows":1,"columns":2,"sliceCount":1,"pixelSpacingMm":[0.5,0.5],"slicePositionsMm":[0],"sliceThicknessMm":5,"gantryTiltDeg":0}\n';
    const bytes = Buffer.concat([Buffer.from(line), Buffer.from([0x01, 0x00, 0xfe, 0xff])]);
    expect(digestVolume(geometry, Int16Array.of(1, -2))).to.equal(createHash('sha256').update(bytes).digest('hex'));
  });
});
