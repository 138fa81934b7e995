import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import type { CtVolume } from '../../../src/assessment/domain/ct-volume.ts';
import { encodeSlice } from '../../../src/viewer/encode-slice.ts';

const DECODER = new URL('../../../src/viewer/browser/decode-slice.js', import.meta.url).href;
const { decodeSlice } = (await import(DECODER)) as {
  decodeSlice: (planes: Uint8Array, rows: number, columns: number) => Int16Array;
};

function toVolume(rows: number, columns: number, values: readonly number[]): CtVolume {
  const hu = new Int16Array(new SharedArrayBuffer(values.length * 2));
  hu.set(values);
  return {
    rows,
    columns,
    sliceCount: values.length / (rows * columns),
    hu,
    pixelSpacingMm: [1, 1],
    slicePositionsMm: [],
    sliceThicknessMm: 5,
    gantryTiltDeg: 0,
    sourceInstanceUids: [],
    digest: '',
  };
}

describe('slices on their way to the browser', () => {
  it('arrive without loss, whatever the pixels (property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: -1024, max: 3071 }), { minLength: 162, maxLength: 162 }),
        async (rows, columns, pool) => {
          const values = pool.slice(0, 2 * rows * columns);
          const bytes = gunzipSync(await encodeSlice(toVolume(rows, columns, values), 1));
          expect([...decodeSlice(bytes, rows, columns)]).to.deep.equal(values.slice(rows * columns));
        },
      ),
    );
  });

  it('arrive without loss at the ends of the 12-bit range next to each other', async () => {
    const values = [3071, -1024, 3071, -1024, -1024, 3071, -1024, 3071, 0];
    const bytes = gunzipSync(await encodeSlice(toVolume(3, 3, values), 0));
    expect([...decodeSlice(bytes, 3, 3)]).to.deep.equal(values);
  });

  it('are refused by the browser when bytes are missing', () => {
    expect(() => decodeSlice(new Uint8Array(7), 2, 2)).to.throw('incomplete');
  });
});
