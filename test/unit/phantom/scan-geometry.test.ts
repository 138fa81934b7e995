import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '../../../src/errors.ts';
import { scanGeometry } from '../../../src/phantom/scan-geometry.ts';

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

describe('phantom: scan geometry (PS3.3 C.7.6.2.1.1)', () => {
  it('has orthonormal direction cosines at any tilt, slices ascending along the normal by spacing x cos(tilt)', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -25, max: 25, noNaN: true }),
        fc.integer({ min: 2, max: 40 }),
        (gantryTiltDeg, sliceCount) => {
          const { orientation, positionsMm } = scanGeometry({ gantryTiltDeg, sliceCount, matrix: 64 });
          const [row, column] = [orientation.slice(0, 3), orientation.slice(3)];
          const [x, y, z] = [column[0] ?? 0, column[1] ?? 0, column[2] ?? 0];
          const normal = [0 * z - 0 * y, 0 * x - 1 * z, 1 * y - 0 * x];
          expect(dot(row, row)).to.be.closeTo(1, 1e-9);
          expect(dot(column, column)).to.be.closeTo(1, 1e-9);
          expect(dot(row, column)).to.be.closeTo(0, 1e-9);
          const along = positionsMm.map((position) => dot(position, normal));
          const step = 5 * Math.cos((gantryTiltDeg * Math.PI) / 180);
          along.slice(1).forEach((value, k) => expect(value - (along[k] ?? 0)).to.be.closeTo(step, 1e-6));
        },
      ),
    );
  });

  it('puts the isocentre in the middle of the image', () => {
    const { positionsMm, pixelSpacingMm, columns } = scanGeometry({
      matrix: 100,
      fieldOfViewMm: 200,
      slicePositionsMm: [12],
    });
    expect(positionsMm[0]).to.deep.equal([
      (-pixelSpacingMm * (columns - 1)) / 2,
      (-pixelSpacingMm * (columns - 1)) / 2,
      12,
    ]);
  });

  it('lifts the front edge at a positive tilt, as the GE study does', () => {
    const { positionsMm, orientation } = scanGeometry({ gantryTiltDeg: 18.5, slicePositionsMm: [0] });
    expect(orientation[5]).to.be.closeTo(-0.3173, 1e-4);
    expect(positionsMm[0]?.[2]).to.be.greaterThan(30);
  });

  it('refuses sizes that no scanner writes, by code', () => {
    for (const options of [
      { matrix: 0 },
      { matrix: 2.5 },
      { sliceCount: 0 },
      { sliceThicknessMm: 0 },
      { slicePositionsMm: [Number.NaN] },
    ]) {
      expect(() => scanGeometry(options))
        .to.throw(Fault)
        .with.property('code', 'config-invalid');
    }
  });
});
