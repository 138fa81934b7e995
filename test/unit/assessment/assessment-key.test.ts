import { expect } from 'chai';
import fc from 'fast-check';
import {
  countNextRevision,
  createNextKey,
  createNextKeys,
  createRevisionKey,
  findFirstKey,
  findRevision,
} from '../../../src/assessment/assessment-key.ts';

const FIRST_KEY = 'a'.repeat(64);
const asRevision = (number: number) => ({
  key: createRevisionKey(FIRST_KEY, number),
  ...(number > 0 && { revision: { number, firstKey: FIRST_KEY } }),
});

describe('the keys of the assessments of one study', () => {
  it('are led on from each to the next, and back to the first', () => {
    fc.assert(
      fc.property(fc.nat(60), (number) => {
        const current = asRevision(number);
        expect(findFirstKey(current)).to.equal(FIRST_KEY);
        expect(createNextKey(current)).to.equal(asRevision(number + 1).key);
        expect(findRevision(FIRST_KEY, createNextKey(current))).to.equal(countNextRevision(current));
      }),
    );
  });

  it('that come next are known before the current one is, and each is another', () => {
    const keys = createNextKeys(FIRST_KEY, 12);
    expect(keys).to.deep.equal(Array.from({ length: 12 }, (_, number) => createNextKey(asRevision(number))));
    expect(new Set([FIRST_KEY, ...keys]).size).to.equal(13);
    expect(keys).not.to.include(createNextKey(asRevision(12)));
  });
});
