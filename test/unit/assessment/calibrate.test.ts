import { expect } from 'chai';
import fc from 'fast-check';
import { calibrate, calibrateSpread, toLogit, toProbability } from '../../../src/assessment/calibrate.ts';
import { combineIntervals, combineProbabilities, measureDisagreement } from '../../../src/assessment/combine.ts';

describe('calibrate and combine', () => {
  it('applies slope and intercept to the logit', () => {
    const calibration = { method: 'logistic', slope: 2, intercept: -1, bootstrap: [] } as const;
    expect(calibrate(1, calibration)).to.be.closeTo(0.7310586, 1e-6);
  });

  it('reads an isotonic table between, at and beyond its knots', () => {
    const calibration = { method: 'isotonic', logits: [-1, 0, 2], probabilities: [0.1, 0.4, 0.8] } as const;
    expect([-5, -1, -0.5, 0, 1, 9].map((logit) => calibrate(logit, calibration))).to.deep.equal([
      0.1, 0.1, 0.25, 0.4, 0.6000000000000001, 0.8,
    ]);
  });

  it('gives no spread where the contract has no refits', () => {
    expect(calibrateSpread(1, { method: 'none' })).to.deep.equal([]);
    expect(combineIntervals([[], [0.5]])).to.equal(undefined);
  });

  it('combines equal opinions to the same opinion, and any opinions to something between them', () => {
    expect(combineProbabilities([0.2, 0.2])).to.be.closeTo(0.2, 1e-9);
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (a, b) => {
          const combined = combineProbabilities([a, b]);
          expect(combined).to.be.within(Math.min(a, b) - 1e-9, Math.max(a, b) + 1e-9);
        },
      ),
    );
  });

  it('states a central 95 % interval of the refits', () => {
    const spread = Array.from({ length: 101 }, (_, index) => 0.2 + index / 1000);
    const interval = combineIntervals([spread]);
    expect(interval?.lower).to.be.closeTo(0.2025, 1e-6);
    expect(interval?.upper).to.be.closeTo(0.2975, 1e-6);
  });

  it('measures disagreement as the widest gap', () => {
    expect(measureDisagreement([0.2, 0.9, 0.4])).to.be.closeTo(0.7, 1e-12);
  });

  it('takes logit and probability as inverses', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 10, noNaN: true }),
        (logit) => Math.abs(toLogit(toProbability(logit)) - logit) < 1e-6,
      ),
    );
  });
});
