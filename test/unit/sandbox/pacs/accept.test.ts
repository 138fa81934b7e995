import { expect } from 'chai';
import { parseAccept, takesDicomParts } from '../../../../src/sandbox/pacs/accept.ts';

const STORED = '1.2.840.10008.1.2.1';

describe('Accept of a DICOMweb retrieval (PS3.18 8.7)', () => {
  const cases: [string | undefined, boolean][] = [
    [undefined, true],
    ['*/*', true],
    ['multipart/related; type="application/dicom"; transfer-syntax=*', true],
    [`multipart/related;type=application/dicom;transfer-syntax="${STORED}"`, true],
    ['multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.50', false],
    ['multipart/related; type="image/jpeg"', false],
    ['application/dicom+json', false],
    ['image/png, multipart/related; type="application/dicom"', true],
  ];
  for (const [header, expected] of cases) {
    it(`${header ?? '(absent)'}: ${expected ? 'takes' : 'does not take'} the stored parts`, () => {
      expect(parseAccept(header).some((range) => takesDicomParts(range, STORED))).to.equal(expected);
    });
  }

  it('keeps separators inside quotes', () => {
    expect(parseAccept('multipart/related; type="a,b;c"')).to.have.length(1);
  });
});
