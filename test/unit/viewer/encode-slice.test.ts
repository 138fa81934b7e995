import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import type { CtVolume } from '../../../src/assessment/domain/ct-volume.ts';
import { encodeSlice } from '../../../src/viewer/encode-slice.ts';

const DECODER = new URL('../../../src/viewer/browser/decode-slice.js', import.meta.url).href;
const { decodeSlice } = (await import(DECODER)) as {
  decodeSlice: (planes: Uint8Array, rows: number, columns: number) => Int16Array;
};
const PANE = new URL('../../../src/viewer/browser/ct-pane.js', import.meta.url).href;
const { paintGrey } = (await import(PANE)) as {
  paintGrey: (pixels: Int16Array, window: { levelHu: number; widthHu: number }, grey: Uint32Array) => void;
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

  it('arrive with what lies beyond the display range as its end: metal stays the brightest', async () => {
    const values = [32767, 3072, 40, -32768, -1025, 3071, -1024, 9000, 0];
    const bytes = gunzipSync(await encodeSlice(toVolume(3, 3, values), 0));
    expect([...decodeSlice(bytes, 3, 3)]).to.deep.equal([3071, 3071, 40, -1024, -1024, 3071, -1024, 3071, 0]);
  });

  it('do not change the volume they come from', async () => {
    const volume = toVolume(1, 2, [9000, -2000]);
    await encodeSlice(volume, 0);
    expect([...volume.hu]).to.deep.equal([9000, -2000]);
  });

  it('are drawn white above the window and black below it, also beyond the table', () => {
    const grey = new Uint32Array(4);
    paintGrey(Int16Array.of(9000, 3071, -1024, -9000), { levelHu: 40, widthHu: 80 }, grey);
    expect([...grey]).to.deep.equal([0xffffffff, 0xffffffff, 0xff000000, 0xff000000]);
  });

  it('are refused by the browser when bytes are missing', () => {
    expect(() => decodeSlice(new Uint8Array(7), 2, 2)).to.throw('incomplete');
  });
});
