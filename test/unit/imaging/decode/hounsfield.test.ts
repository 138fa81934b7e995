import { expect } from 'chai';
import fc from 'fast-check';
import { createHounsfieldTable, toHounsfield } from '../../../../src/imaging/decode/hounsfield.ts';
import type { PixelLayout } from '../../../../src/imaging/decode/pixel-layout.ts';

const signed: PixelLayout = {
  rows: 1,
  columns: 4,
  frameCount: 1,
  bitsStored: 16,
  highBit: 15,
  signed: true,
  padding: undefined,
};
const unsigned12: PixelLayout = { ...signed, bitsStored: 12, highBit: 11, signed: false };
const cells = (...values: number[]): Uint16Array => Uint16Array.from(values, (value) => value & 0xffff);
const plain = { slope: 1, intercept: 0 };

describe('imaging/decode/hounsfield', () => {
  it('rescales (PS3.3 C.11.1)', () => {
    expect([...toHounsfield(cells(0, 1024, 1064), unsigned12, { slope: 1, intercept: -1024 })]).to.deep.equal([
      -1024, 0, 40,
    ]);
  });

  it('rounds fractional rescale to the nearest HU', () => {
    expect([...toHounsfield(cells(1, 3), signed, { slope: 0.5, intercept: 0.2 })]).to.deep.equal([1, 2]);
  });

  it('sign-extends fewer stored bits and ignores what stands above the high bit (PS3.5 8.1.1)', () => {
    const layout = { ...signed, bitsStored: 12, highBit: 11 };
    expect([...toHounsfield(cells(0x0fff, 0xf7ff, 0x0800), layout, plain)]).to.deep.equal([-1, 2047, -1024]);
  });

  it('reads cells whose high bit is not the last stored bit', () => {
    const layout = { ...signed, bitsStored: 12, highBit: 15 };
    expect([...toHounsfield(cells(0x0010, 0xfff0), layout, plain)]).to.deep.equal([1, -1]);
  });

  it('makes padding -1024, value and range (PS3.3 C.7.5.1.1.2)', () => {
    const layout = { ...signed, padding: [-2000, -1500] as const };
    expect([...toHounsfield(cells(-1500, -1800, -2000, -900), layout, plain)]).to.deep.equal([
      -1024, -1024, -1024, -900,
    ]);
  });

  it('clamps below -1024, where no matter is', () => {
    expect([...toHounsfield(cells(-3024, -1024), signed, plain)]).to.deep.equal([-1024, -1024]);
  });

  it('unwraps twelve unsigned bits with intercept 0: 3096 is air', () => {
    expect([...toHounsfield(cells(3096, 40, 4095, 3095), unsigned12, plain)]).to.deep.equal([-1000, 40, -1, 3095]);
  });

  it('does not unwrap when an intercept is stated', () => {
    expect([...toHounsfield(cells(3500), unsigned12, { slope: 1, intercept: -1024 })]).to.deep.equal([2476]);
  });

  it('property: the kernel and the table of 64-bit arithmetic agree on every cell of every layout', () => {
    const layouts = fc
      .record({
        bitsStored: fc.integer({ min: 8, max: 16 }),
        spare: fc.nat({ max: 8 }),
        signed: fc.boolean(),
        padding: fc.option(
          fc.tuple(fc.integer({ min: -0x8000, max: 0xffff }), fc.integer({ min: -0x8000, max: 0xffff })),
          { nil: undefined },
        ),
      })
      .map(({ bitsStored, spare, signed, padding }) => ({
        ...unsigned12,
        ...{ bitsStored, signed, highBit: Math.min(15, bitsStored - 1 + spare) },
        padding: padding && ([Math.min(...padding), Math.max(...padding)] as const),
      }));
    const intercepts = fc.oneof(fc.constantFrom(0, -1024, -8192, 0x7fff), fc.integer({ min: -40_000, max: 40_000 }));
    const every = Uint16Array.from({ length: 0x10000 }, (_, cell) => cell);
    const check = (layout: PixelLayout, intercept: number): void => {
      const rescale = { slope: 1, intercept };
      expect(
        Buffer.compare(bytesOf(toHounsfield(every, layout, rescale)), bytesOf(createHounsfieldTable(layout, rescale))),
      ).to.equal(0);
    };
    fc.assert(fc.property(layouts, intercepts, check), { numRuns: 200 });
  });

  it('writes frames of any length, also into shared memory, and nothing beside them', () => {
    for (const length of [1, 7, 8, 9, 17]) {
      const place = new Int16Array(new SharedArrayBuffer(64)).fill(99);
      const hu = toHounsfield(
        Uint16Array.from({ length }, (_, i) => i),
        unsigned12,
        { slope: 1, intercept: -1 },
        place.subarray(2, 2 + length),
      );
      expect([...hu]).to.deep.equal(Array.from({ length }, (_, i) => i - 1));
      expect([...place.subarray(0, 2), ...place.subarray(2 + length)].every((value) => value === 99)).to.equal(true);
    }
  });
});

const bytesOf = (values: Int16Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
