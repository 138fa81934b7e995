import { expect } from 'chai';
import { readOrientation, turnSlice } from '../../../../src/imaging/volume/orientation.ts';

/** Patient coordinates of pixel (row, column) for an image at the origin with 1 mm pixels. */
function place(cosines: readonly number[], row: number, column: number): readonly [number, number] {
  const [rx = 0, ry = 0, , cx = 0, cy = 0] = cosines;
  return [rx * column + cx * row, ry * column + cy * row];
}

const AXES = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
const EIGHT = AXES.flatMap(([rx, ry]) =>
  AXES.filter(([cx, cy]) => rx * cx + ry * cy === 0).map(([cx, cy]) => [rx, ry, 0, cx, cy, 0]),
);

describe('imaging/volume/orientation', () => {
  for (const cosines of EIGHT) {
    it(`turns [${cosines.join(', ')}] so that rows run to posterior and columns to the patient's left`, () => {
      const orientation = readOrientation(cosines);
      const [rows, columns] = [3, 5];
      const source = Int16Array.from({ length: rows * columns }, (_, index) => index);
      const turned = turnSlice(source, rows, columns, orientation!.transform);
      const width = orientation!.transform.transpose ? rows : columns;
      const where = (value: number) => place(cosines, Math.floor(value / columns), value % columns);
      for (let index = 0; index < turned.length; index++) {
        const here = where(turned[index]!);
        if (index % width > 0) expect(here[0]).to.equal(where(turned[index - 1]!)[0] + 1);
        if (index >= width) expect(here[1]).to.equal(where(turned[index - width]!)[1] + 1);
      }
    });
  }

  it('points the normal to the head, whichever way the slice is seen', () => {
    expect(readOrientation([1, 0, 0, 0, 1, 0])?.normal).to.deep.equal([0, 0, 1]);
    expect(readOrientation([1, 0, 0, 0, -1, 0])?.normal[2]).to.equal(1);
  });

  it('measures gantry tilt', () => {
    const tilt = (18.5 * Math.PI) / 180;
    const orientation = readOrientation([1, 0, 0, 0, Math.cos(tilt), -Math.sin(tilt)]);
    expect(orientation?.tiltDeg).to.be.closeTo(18.5, 1e-9);
  });

  it('measures a coronal stack as 90 degrees', () => {
    expect(readOrientation([1, 0, 0, 0, 0, -1])?.tiltDeg).to.be.closeTo(90, 1e-9);
  });

  it('is undefined for cosines that are no two perpendicular unit vectors', () => {
    for (const wrong of [[], [1, 0, 0], [1, 0, 0, 1, 0, 0], [2, 0, 0, 0, 1, 0], [NaN, 0, 0, 0, 1, 0]]) {
      expect(readOrientation(wrong)).to.equal(undefined);
    }
  });
});
