import { expect } from 'chai';
import fc from 'fast-check';
import { findSkullBox, type HuStack, type SkullBox } from '../../../../src/imaging/tensor/skull-box.ts';

/** Step 2 of the recipe once more, in plain words. */
function findPlainly(
  { rows, columns, sliceCount, hu }: HuStack,
  threshold: number,
  tail: number,
): SkullBox | undefined {
  const dense = [...hu.keys()].filter((at) => hu[at]! >= threshold);
  const edges = (length: number, indexOf: (at: number) => number): [number, number] => {
    const counts = Array.from({ length }, (_, index) => dense.filter((at) => indexOf(at) === index).length);
    const upTo = counts.map((_, index) => counts.slice(0, index + 1).reduce((a, b) => a + b, 0));
    return [
      upTo.findIndex((sum) => sum > tail * dense.length),
      upTo.findIndex((sum) => sum >= (1 - tail) * dense.length),
    ];
  };
  if (dense.length === 0 || sliceCount === 0) return undefined;
  const [top, bottom] = edges(rows, (at) => Math.floor(at / columns) % rows);
  const [left, right] = edges(columns, (at) => at % columns);
  return { top, bottom, left, right };
}

describe('imaging/tensor/skull-box', () => {
  it('property: counts like the recipe in plain words, for any size and threshold, whole or not', () => {
    const stacks = fc
      .record({
        rows: fc.integer({ min: 1, max: 21 }),
        columns: fc.integer({ min: 1, max: 21 }),
        sliceCount: fc.integer({ min: 1, max: 3 }),
      })
      .chain((size) => {
        const length = size.rows * size.columns * size.sliceCount;
        const values = fc.array(fc.integer({ min: -0x8000, max: 0x7fff }), { minLength: length, maxLength: length });
        return values.map((hu) => ({ ...size, hu: Int16Array.from(hu) }));
      });
    const thresholds = fc.oneof(
      fc.constantFrom(300, -40_000, 40_000, 0x7fff, 299.5),
      fc.integer({ min: -0x8000, max: 0x7fff }),
    );
    const check = (stack: HuStack, threshold: number): void =>
      void expect(findSkullBox(stack, threshold, 0.01)).to.deep.equal(findPlainly(stack, threshold, 0.01));
    fc.assert(fc.property(stacks, thresholds, check), { numRuns: 150 });
  });
});
