/** CDS Hooks 2.0, Source: the icon SHOULD be a 100x100 pixel PNG without any transparent regions. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const png = readFileSync(new URL('../../../cds-hooks/thrombectomy-risk/icon.png', import.meta.url));

describe('icon of the cards', () => {
  it('is a PNG of 100x100 pixels without transparency', () => {
    expect(png.subarray(0, 8).toString('hex')).to.equal('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).to.deep.equal([100, 100]);
    const [grey, rgb, palette] = [0, 2, 3];
    expect([grey, rgb, palette]).to.include(png.readUInt8(25));
    expect(png.includes('tRNS')).to.equal(false);
  });
});
