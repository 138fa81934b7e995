import { expect } from 'chai';
import { data } from 'dcmjs';
import { existsSync, readFileSync } from 'node:fs';
import { createHeadPhantom } from '../../../src/phantom/head-phantom.ts';
import { skip } from '../../support/skip.ts';

const realSlice = new URL('../../../../shared/data/head-ct-dicom/ge-human-ncct-tilt/20.dcm', import.meta.url);

/** Quartiles of what shows as brain and fluid in the window. */
function brainQuartiles(hu: Int16Array): [number, number, number] {
  const brain = hu.filter((value) => value > 10 && value < 70).sort();
  const at = (share: number): number => brain[Math.floor(share * brain.length)] ?? Number.NaN;
  return [at(0.25), at(0.5), at(0.75)];
}

describe('phantom: likeness', () => {
  it('has the brightness and spread of brain on a real scan', function () {
    if (!existsSync(realSlice)) skip(this, 'no shared data beside the checkout');
    const file = data.DicomMessage.readFile(Uint8Array.from(readFileSync(realSlice)).buffer);
    const [pixels] = file.dict['7FE00010']?.Value as [ArrayBuffer];
    const real = brainQuartiles(new Int16Array(pixels));
    const made = brainQuartiles(createHeadPhantom({ seed: 9, slicePositionsMm: [55], ageYears: 70 }).hu);
    expect(made[1]).to.be.closeTo(real[1], 8);
    expect(made[2] - made[0]).to.be.closeTo(real[2] - real[0], 6);
  });
});
