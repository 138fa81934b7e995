import { expect } from 'chai';
import { splitEncapsulatedFrames, splitNativeFrames } from '../../../../src/imaging/decode/pixel-frames.ts';
import { createJsonDataset } from '../../../../src/imaging/decode/json-dataset.ts';
import type { PixelElement } from '../../../../src/imaging/decode/part10-reader.ts';

const empty = createJsonDataset({});

function item(payload: Uint8Array | readonly number[]): Buffer {
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([head, Uint8Array.from(payload)]);
}

const END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);

function encapsulate(
  offsetTable: readonly number[],
  fragments: readonly (readonly number[])[],
  end = END,
): PixelElement {
  const table = Buffer.alloc(offsetTable.length * 4);
  offsetTable.forEach((offset, index) => table.writeUInt32LE(offset, index * 4));
  const bytes = Buffer.concat([Buffer.alloc(6), item(table), ...fragments.map((fragment) => item(fragment)), end]);
  return { bytes, offset: 6, length: undefined };
}

const split = (pixels: PixelElement, frames: number) =>
  splitEncapsulatedFrames(pixels, frames, empty).map((frame) => [...frame]);

describe('imaging/decode/pixel-frames (PS3.5 A.4)', () => {
  it('joins the fragments of a single frame', () => {
    expect(
      split(
        encapsulate(
          [],
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ),
        1,
      ),
    ).to.deep.equal([[1, 2, 3, 4, 5, 6]]);
  });

  it('takes one fragment per frame without an offset table', () => {
    expect(
      split(
        encapsulate(
          [],
          [
            [1, 2],
            [3, 4],
          ],
        ),
        2,
      ),
    ).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
  });

  it('tells frames of several fragments apart by the offset table', () => {
    expect(
      split(
        encapsulate(
          [0, 20],
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        ),
        2,
      ),
    ).to.deep.equal([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  const BROKEN: readonly (readonly [string, PixelElement, number, string])[] = [
    ['a stream without FFFE,E0DD', encapsulate([], [[1, 2]], Buffer.alloc(0)), 1, 'FFFE,E0DD'],
    ['a stream without fragments', encapsulate([], []), 1, 'no fragments'],
    [
      'several fragments per frame and no table',
      encapsulate(
        [],
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ),
      2,
      'offset table',
    ],
    [
      'a table that points between fragments',
      encapsulate(
        [0, 13],
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ),
      2,
      'between fragments',
    ],
    ['native pixels under a compressed syntax', { bytes: new Uint8Array(8), offset: 0, length: 8 }, 1, 'native'],
  ];
  for (const [what, pixels, frames, message] of BROKEN) {
    it(`names ${what}`, () =>
      expect(() => split(pixels, frames))
        .to.throw(message)
        .with.property('code', 'pixels-corrupt'));
  }

  it('cuts native frames and accepts the one byte of padding', () => {
    const pixels = { bytes: Uint8Array.of(9, 1, 2, 3, 0), offset: 1, length: 4 };
    expect(splitNativeFrames(pixels, 3, 1).map((frame) => [...frame])).to.deep.equal([[1], [2], [3]]);
  });

  for (const length of [3, 6, 8]) {
    it(`refuses ${String(length)} native bytes where 4 are needed`, () => {
      const pixels = { bytes: new Uint8Array(10), offset: 0, length };
      expect(() => splitNativeFrames(pixels, 2, 2))
        .to.throw()
        .with.property('code', 'pixels-corrupt');
    });
  }
});
