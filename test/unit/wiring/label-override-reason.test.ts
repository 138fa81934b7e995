import { expect } from 'chai';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';
import { labelOverrideReason } from '../../../src/wiring/label-override-reason.ts';

describe('label of an override reason', () => {
  const { overrideReasons } = loadServiceData('en');

  it('is the code of a reason the cards offer', () => {
    expect(overrideReasons.map((one) => labelOverrideReason(one, overrideReasons))).to.deep.equal(
      overrideReasons.map(({ code }) => code),
    );
  });

  it('is never what a caller wrote', () => {
    const system = overrideReasons[0]?.system ?? '';
    const written = [
      { system, code: 'Jane Doe, born 1950' },
      { system, code: 'x'.repeat(10_000) },
      { system: 'urn:other', code: 'wrong-ct' },
    ];
    expect(written.map((one) => labelOverrideReason(one, overrideReasons))).to.deep.equal(['other', 'other', 'other']);
  });

  it('says where none was given', () => {
    expect(labelOverrideReason(undefined, overrideReasons)).to.equal('none');
  });
});
