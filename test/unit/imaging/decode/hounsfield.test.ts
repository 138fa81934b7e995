import { expect } from 'chai';
import { toHounsfield } from '../../../../src/imaging/decode/hounsfield.ts';
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
});
