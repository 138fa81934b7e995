import { expect } from 'chai';
import { data } from 'dcmjs';
import fc from 'fast-check';
import { isFault } from '../../../../src/errors.ts';
import { readInstanceFacts } from '../../../../src/imaging/decode/instance-facts.ts';
import { readFileMeta, readPart10 } from '../../../../src/imaging/decode/part10-reader.ts';
import { ATTRIBUTES } from '../../../../src/imaging/decode/tags.ts';
import { writeSmallSlice } from '../../../support/imaging-files.ts';

const limits = { maximumInflatedBytes: 1 << 20 };
const SYNTAXES = ['implicit-le', 'explicit-le', 'explicit-be', 'deflated'] as const;

describe('imaging/decode/part10-reader', () => {
  for (const syntax of SYNTAXES) {
    it(`reads what dcmjs wrote: ${syntax}`, () => {
      const bytes = writeSmallSlice({ syntax });
      const facts = readInstanceFacts(readPart10(bytes, limits).dataset);
      expect(facts).to.deep.include({ patientId: 'P-1', kvp: 120, kernel: 'STANDARD', rows: 16, columns: 16 });
      expect(facts.frames[0]).to.deep.include({ position: [-10, -12, 35], orientation: [1, 0, 0, 0, 1, 0] });
    });
  }

  it('finds the same values as dcmjs for every text attribute it knows', () => {
    const bytes = writeSmallSlice();
    const mine = readPart10(bytes, limits).dataset;
    const theirs = data.DicomMessage.readFile(bytes.slice().buffer).dict;
    for (const attribute of Object.values(ATTRIBUTES)) {
      const key = attribute.tag.toString(16).toUpperCase().padStart(8, '0');
      const values = theirs[key]?.Value;
      if (values?.every((value) => typeof value === 'number') && attribute.vr !== 'XS') {
        expect(mine.numbers(attribute), key).to.deep.equal(values);
      } else if (values?.every((value) => typeof value === 'string')) {
        expect(mine.strings(attribute), key).to.deep.equal(values);
      }
    }
  });

  it('reads the meta group alone', () => {
    const meta = readFileMeta(writeSmallSlice({ syntax: 'deflated' }));
    expect(meta).to.deep.include({ sopInstanceUid: '1.2.3.4.1', transferSyntaxUid: '1.2.840.10008.1.2.1.99' });
  });

  it('refuses a deflated dataset that inflates beyond its limit', () => {
    const bytes = writeSmallSlice({ syntax: 'deflated', side: 128, pixels: new Int16Array(128 * 128) });
    expect(() => readPart10(bytes, { maximumInflatedBytes: 1000 })).to.throw('too large');
  });

  it('refuses bytes without the DICM mark (PS3.10 7.1)', () => {
    expect(() => readPart10(new Uint8Array(500), limits)).to.throw('DICM');
  });

  it('property: a file cut anywhere is refused, never half read', () => {
    const files = SYNTAXES.map((syntax) => writeSmallSlice({ syntax }));
    const cut = fc.tuple(fc.constantFrom(...files), fc.double({ min: 0, max: 0.999, noNaN: true }));
    fc.assert(
      fc.property(cut, ([bytes, share]) => {
        try {
          const file = readPart10(bytes.subarray(0, Math.floor(bytes.length * share)), limits);
          // Cut exactly between two elements, a file is well-formed but has no pixels, which the next step refuses.
          return file.pixelData === undefined;
        } catch (error) {
          return isFault(error) && error.code === 'dicom-malformed';
        }
      }),
      { numRuns: 300 },
    );
  });

  it('property: damaged bytes give a Fault or a dataset, never another error', () => {
    const files = SYNTAXES.map((syntax) => writeSmallSlice({ syntax }));
    const damage = fc.array(fc.tuple(fc.nat(900), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...files), damage, (bytes, hits) => {
        const damaged = bytes.slice();
        for (const [at, value] of hits) damaged[132 + (at % (bytes.length - 132))] = value;
        try {
          readInstanceFacts(readPart10(damaged, limits).dataset);
        } catch (error) {
          expect(isFault(error), String(error)).to.equal(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
