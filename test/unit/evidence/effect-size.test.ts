/** From a published figure to a number with a variance, and back. */
import { expect } from 'chai';
import fc from 'fast-check';
import { fromAnalysisScale, toAucStandardError, toEffectSize, toReadable } from '../../../evidence/effect-size.ts';
import type { Fact } from '../../../evidence/study-schema.ts';

const common = { question: 'q', quote: 'q', verified: true };
const rate = (events: number, n: number): Fact => ({ kind: 'proportion', ...common, n, events, definition: 'any' });
const odds = { kind: 'odds-ratio', ...common, comparison: 'c', definition: 'd' } as const;

describe('effect sizes', () => {
  it('of a proportion: logit with 1/events + 1/others', () => {
    expect(toEffectSize(rate(30, 100))).to.deep.equal({ yi: Math.log(30 / 70), vi: 1 / 30 + 1 / 70 });
  });

  it('of no events, or only events, do not exist', () => {
    expect(toEffectSize(rate(0, 50))).to.equal(undefined);
    expect(toEffectSize(rate(50, 50))).to.equal(undefined);
  });

  it('of an odds ratio: log, with the variance of its interval; turned round where it was published so', () => {
    const size = toEffectSize({ ...odds, estimate: 2, lower: 1, upper: 4 });
    expect(size?.yi).to.be.closeTo(Math.log(2), 1e-12);
    expect(Math.sqrt(size?.vi ?? 0)).to.be.closeTo(Math.log(4) / (2 * 1.959964), 1e-6);
    expect(toEffectSize({ ...odds, estimate: 0.5, lower: 0.25, upper: 1, isInverse: true })?.yi).to.be.closeTo(
      Math.log(2),
      1e-12,
    );
  });

  it('of an odds ratio without an interval do not exist', () => {
    expect(toEffectSize({ ...odds, estimate: 3 })).to.equal(undefined);
  });

  it('of an area without an interval take the standard error of Hanley and McNeil', () => {
    // Area 0.9 with 51 and 58 cases, by the formula written out.
    const q1 = 0.9 / 1.1;
    const q2 = 1.62 / 1.9;
    const expected = Math.sqrt((0.09 + 50 * (q1 - 0.81) + 57 * (q2 - 0.81)) / (51 * 58));
    expect(toAucStandardError(0.9, 51, 58)).to.be.closeTo(expected, 1e-12);
    const size = toEffectSize({ kind: 'auc', ...common, auc: 0.9, n: 109, positives: 51, testSet: 'external' });
    expect(Math.sqrt(size?.vi ?? 0)).to.be.closeTo(expected / 0.09, 1e-12);
  });

  it('of an area with neither interval nor counts do not exist', () => {
    expect(toEffectSize({ kind: 'auc', ...common, auc: 0.75, testSet: 'held-out' })).to.equal(undefined);
  });

  it('come back to the figure they were made from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), (events) => {
        const size = toEffectSize(rate(events, 1000));
        expect(fromAnalysisScale('proportion', size?.yi ?? 0)).to.be.closeTo(events / 1000, 1e-12);
      }),
    );
  });

  it('show the published interval where there is one, and the right way round', () => {
    const fact: Fact = { ...odds, estimate: 0.5, lower: 0.2, upper: 0.8, isInverse: true };
    expect(toReadable(fact, toEffectSize(fact)!).map((one) => Number(one.toFixed(6)))).to.deep.equal([2, 1.25, 5]);
  });

  it('keep the interval of a proportion inside 0 to 1', () => {
    const fact = rate(1, 20);
    const [estimate, lower, upper] = toReadable(fact, toEffectSize(fact)!);
    expect([0, lower, estimate, upper, 1]).to.deep.equal([0, lower, estimate, upper, 1].toSorted((a, b) => a - b));
  });
});
