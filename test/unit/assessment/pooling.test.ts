/** Slice logits to a study logit: the same cases as the Python package's (models/training/tests/test_pooling.py). */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Pooling } from '../../../src/assessment/domain/model-contract.ts';
import { poolTopK, settleSlices } from '../../../src/assessment/pooling.ts';

interface Case {
  readonly what: string;
  readonly pooling: Pooling;
  readonly indexes: readonly number[];
  /** [slice][target] */
  readonly logits: readonly (readonly number[])[];
  readonly slices: readonly (readonly number[])[];
  readonly study: readonly number[];
}

const CASES = JSON.parse(
  readFileSync(new URL('../../../models/pooling-cases.json', import.meta.url), 'utf8'),
) as readonly Case[];

describe('pooling', () => {
  for (const { what, pooling, indexes, logits, slices, study } of CASES) {
    it(what, () => {
      for (const [target, expected] of study.entries()) {
        const column = logits.map((row) => row[target] ?? Number.NaN);
        const settled = settleSlices(column, indexes, pooling);
        for (const [slice, value] of settled.entries())
          expect(value).to.be.closeTo(slices[slice]?.[target] ?? NaN, 1e-12);
        expect(poolTopK(settled, pooling.k)).to.be.closeTo(expected, 1e-12);
      }
    });
  }

  it('passes on a logit that is not a number instead of averaging it away', () => {
    const pooling = { rule: 'top-k-mean-of-neighbours', k: 1, neighbourWeight: 0.25 } as const;
    expect(poolTopK(settleSlices([Number.NaN, 1], [0, 1], pooling), 1)).to.be.NaN;
  });
});
