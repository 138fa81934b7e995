import { expect } from 'chai';
import fc from 'fast-check';
import type { TensorRecipe } from '../../../../src/assessment/domain/model-contract.ts';
import { makeNetworkInput } from '../../../../src/imaging/tensor/make-network-input.ts';
import type { HuStack } from '../../../../src/imaging/tensor/skull-box.ts';

const recipe: TensorRecipe = {
  heightPx: 23,
  widthPx: 19,
  crop: { rule: 'skull-bounding-square', skullThresholdHu: 300, tailFraction: 0.01, marginFraction: 0.05 },
  slices: { rule: 'brain-fraction', tissueHu: [0, 90], minimumFraction: 0.1 },
  windows: [
    { name: 'brain', levelHu: 40, widthHu: 80 },
    { name: 'subdural', levelHu: 80, widthHu: 200 },
  ],
  resize: 'bilinear-antialias',
  mean: [0.5, 0.4],
  std: [0.5, 0.2],
};

/** A ring of bone around brain, somewhere in the image, on the middle slices. */
function createHead(rows: number, columns: number, [y, x, radius]: readonly [number, number, number]): HuStack {
  const sliceCount = 4;
  const hu = new Int16Array(sliceCount * rows * columns).fill(-1000);
  for (let slice = 0; slice < sliceCount; slice++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const r = Math.hypot(row - y, column - x);
        const at = (slice * rows + row) * columns + column;
        if (r < radius) hu[at] = r > radius - 3 ? 1200 : slice > 0 && slice < 3 ? 20 + ((row * 3 + column) % 40) : -200;
      }
    }
  }
  return { rows, columns, sliceCount, hu };
}

/** The recipe's words once more, as plainly as they can be written: every pixel straight from the definition. */
function makePlainly(
  stack: HuStack,
  used: TensorRecipe,
  [top, left, side]: readonly [number, number, number],
  slice: number,
) {
  const at = (row: number, column: number): number => {
    const [y, x] = [row + top, column + left];
    const isInside = y >= 0 && x >= 0 && y < stack.rows && x < stack.columns;
    const value = isInside ? stack.hu[(slice * stack.rows + y) * stack.columns + x]! : -1024;
    return Math.min(3071, Math.max(-1024, value));
  };
  const weights = (target: number, i: number): Map<number, number> => {
    const scale = side / target;
    const support = Math.max(scale, 1);
    const centre = (i + 0.5) * scale;
    const raw = new Map<number, number>();
    for (let j = 0; j < side; j++) raw.set(j, Math.max(0, 1 - Math.abs(j + 0.5 - centre) / support));
    const sum = [...raw.values()].reduce((a, b) => a + b, 0);
    return new Map([...raw].filter(([, w]) => w > 0).map(([j, w]) => [j, w / sum]));
  };
  return used.windows.flatMap((window, channel) =>
    Array.from({ length: used.heightPx }, (_, i) => weights(used.heightPx, i)).flatMap((vertical) =>
      Array.from({ length: used.widthPx }, (_, k) => {
        let hu = 0;
        for (const [j, w] of vertical) for (const [l, v] of weights(used.widthPx, k)) hu += w * v * at(j, l);
        const share = Math.min(1, Math.max(0, (hu - (window.levelHu - window.widthHu / 2)) / window.widthHu));
        return (share - used.mean[channel]!) / used.std[channel]!;
      }),
    ),
  );
}

type SizesOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

describe('imaging/tensor/make-network-input', () => {
  it('property: equals the recipe written out plainly, wherever the head is', () => {
    const head = fc.tuple(
      fc.integer({ min: 8, max: 40 }),
      fc.integer({ min: 8, max: 40 }),
      fc.integer({ min: 8, max: 26 }),
    );
    fc.assert(
      fc.property(head, (place) => {
        const stack = createHead(46, 52, place);
        const input = makeNetworkInput(stack, recipe);
        if ('kind' in input) return;
        const expected = input.sliceIndexes.flatMap((slice) => makePlainly(stack, recipe, input.crop, slice));
        const worst = Math.max(...expected.map((value, index) => Math.abs(value - input.pixels[index]!)));
        expect(worst).to.be.below(1e-4);
      }),
      { numRuns: 25 },
    );
  });

  it('property: the same for noise of every HU, odd sizes, squares beyond the image, up- and downscaling', () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 1, max: 19 }),
      columns: fc.integer({ min: 1, max: 19 }),
      heightPx: fc.integer({ min: 4, max: 23 }),
      widthPx: fc.integer({ min: 4, max: 23 }),
      marginFraction: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const noise = fc.array(fc.integer({ min: -0x8000, max: 0x7fff }), { minLength: 64, maxLength: 64 });
    let made = 0;
    const check = ({ rows, columns, marginFraction, ...target }: SizesOf<typeof sizes>, values: number[]): void => {
      const hu = Int16Array.from(
        { length: 2 * rows * columns },
        (_, i) => values[(i * 29 + (i >> 5)) % values.length]!,
      );
      const odd = { ...recipe, ...target, crop: { ...recipe.crop, marginFraction } };
      const used = { ...odd, slices: { ...odd.slices, minimumFraction: 0 } };
      const input = makeNetworkInput({ rows, columns, sliceCount: 2, hu }, used);
      if ('kind' in input) return;
      made++;
      const stack = { rows, columns, sliceCount: 2, hu };
      const expected = input.sliceIndexes.flatMap((slice) => makePlainly(stack, used, input.crop, slice));
      expect(input.pixels.length).to.equal(expected.length);
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - input.pixels[i]!)), 0);
      expect(worst).to.be.below(1e-4);
      expect(input.pixels.every(Number.isFinite)).to.equal(true);
    };
    fc.assert(fc.property(sizes, noise, check), { numRuns: 80 });
    expect(made).to.be.greaterThan(40);
  });

  it('fills what lies outside the image with -1024 HU, the lowest value of every channel', () => {
    const stack = createHead(48, 48, [4, 24, 12]);
    const input = makeNetworkInput(stack, recipe);
    if ('kind' in input) throw new Error(input.detail);
    expect(input.crop[0]).to.be.below(0);
    expect([...input.pixels.subarray(0, recipe.widthPx)]).to.deep.equal(Array(recipe.widthPx).fill(-1));
  });

  it('gives the same tensor whatever ran before it', () => {
    const stack = createHead(46, 52, [20, 22, 17]);
    const first = makeNetworkInput(stack, recipe);
    makeNetworkInput(createHead(61, 35, [30, 17, 16]), { ...recipe, heightPx: 64, widthPx: 40 });
    expect(makeNetworkInput(stack, recipe)).to.deep.equal(first);
  });

  it('scores only slices with enough tissue', () => {
    const input = makeNetworkInput(createHead(48, 48, [24, 24, 18]), recipe);
    expect(input).to.have.deep.property('sliceIndexes', [1, 2]);
  });

  it('abstains without bone', () => {
    const empty = { rows: 8, columns: 8, sliceCount: 1, hu: new Int16Array(64).fill(-1000) };
    expect(makeNetworkInput(empty, recipe)).to.include({ kind: 'abstained', reason: 'not-head' });
  });

  it('abstains without a slice that shows brain', () => {
    const stack = createHead(48, 48, [24, 24, 18]);
    const bony = { ...stack, hu: stack.hu.map((value) => (value >= 0 && value < 1000 ? -500 : value)) };
    expect(makeNetworkInput(bony, recipe)).to.include({ kind: 'abstained', reason: 'partial-brain' });
  });
});
