/** Against scikit-learn, SciPy and statsmodels: test/fixtures/statistics/make_reference.py made the values. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { groupOutcomes } from '../../../src/monitoring/statistics/calibration.ts';
import { measureDrift } from '../../../src/monitoring/statistics/drift.ts';
import { toProportion } from '../../../src/monitoring/statistics/proportion.ts';
import { rankOutcomes, type ScoredOutcome } from '../../../src/monitoring/statistics/ranking.ts';

interface Reference {
  readonly ranking: readonly {
    readonly truth: readonly number[];
    readonly score: readonly number[];
    readonly auc: number;
    readonly lower: number | null;
    readonly upper: number | null;
    readonly brier: number;
  }[];
  readonly drift: readonly {
    readonly reference: readonly number[];
    readonly site: readonly number[];
    readonly ks: number;
    readonly ksP: number;
    readonly edges: readonly number[];
    readonly psi: number;
    readonly psiByChance: number;
  }[];
  readonly wilson: readonly {
    readonly events: number;
    readonly total: number;
    readonly lower: number;
    readonly upper: number;
  }[];
  readonly calibration: readonly {
    readonly truth: readonly number[];
    readonly probability: readonly number[];
    readonly groups: readonly { readonly total: number; readonly predicted: number; readonly events: number }[];
  }[];
}

const FILE = new URL('../../fixtures/statistics/reference.json', import.meta.url);
const REFERENCE = JSON.parse(readFileSync(FILE, 'utf8')) as Reference;
const CLOSE = 1e-9;

function zip(truth: readonly number[], score: readonly number[]): ScoredOutcome[] {
  return truth.map((value, index) => ({ probability: score[index] ?? Number.NaN, isPositive: value === 1 }));
}

describe('statistics of the site report', () => {
  for (const { events, total, lower, upper } of REFERENCE.wilson) {
    it(`Wilson interval of ${String(events)} of ${String(total)} as statsmodels gives it`, () => {
      const found = toProportion(events, total);
      expect(found.lower).to.be.closeTo(lower, CLOSE);
      expect(found.upper).to.be.closeTo(upper, CLOSE);
    });
  }

  for (const [index, { truth, score, auc, lower, upper, brier }] of REFERENCE.ranking.entries()) {
    it(`AUC, DeLong interval and Brier score of sample ${String(index)} as scikit-learn and all pairs give them`, () => {
      const found = rankOutcomes(zip(truth, score));
      expect(found.auc).to.be.closeTo(auc, CLOSE);
      if (lower === null || upper === null) expect(found.interval).to.equal(undefined);
      else {
        expect(found.interval!.lower).to.be.closeTo(lower, CLOSE);
        expect(found.interval!.upper).to.be.closeTo(upper, CLOSE);
      }
      expect(groupOutcomes(zip(truth, score), 10).brier).to.be.closeTo(brier, CLOSE);
    });
  }

  for (const [index, sample] of REFERENCE.drift.entries()) {
    it(`Kolmogorov-Smirnov and stability index of sample ${String(index)} as SciPy and numpy give them`, () => {
      const found = measureDrift(sample.reference, sample.site)!;
      expect(found.distance).to.be.closeTo(sample.ks, CLOSE);
      expect(found.p).to.be.closeTo(sample.ksP, CLOSE);
      expect(found.psi).to.be.closeTo(sample.psi, CLOSE);
      // The library's table of chi-square has two decimals.
      expect(found.psiByChance).to.be.closeTo(sample.psiByChance, 0.01 * sample.psiByChance);
      for (const [at, edge] of sample.edges.entries()) expect(found.edges[at]).to.be.closeTo(edge, CLOSE);
    });
  }

  for (const [index, { truth, probability, groups }] of REFERENCE.calibration.entries()) {
    it(`calibration groups of sample ${String(index)} as numpy splits them`, () => {
      const found = groupOutcomes(zip(truth, probability), 10).groups;
      expect(found.map(({ observed }) => [observed.total, observed.events])).to.deep.equal(
        groups.map(({ total, events }) => [total, events]),
      );
      for (const [at, group] of groups.entries()) expect(found[at]!.predicted).to.be.closeTo(group.predicted, CLOSE);
    });
  }

  it('finds no drift where the reference scores are all alike', () => {
    expect(measureDrift(Array<number>(30).fill(0.3), [0.1, 0.9])).to.equal(undefined);
  });

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const sample = fc.array(share, { minLength: 2, maxLength: 60 });

  it('turns an AUC round when the outcomes are turned round', () => {
    fc.assert(
      fc.property(sample, sample, (positive, negative) => {
        const outcomes = [
          ...positive.map((probability) => ({ probability, isPositive: true })),
          ...negative.map((probability) => ({ probability, isPositive: false })),
        ];
        const turned = outcomes.map((one) => ({ ...one, isPositive: !one.isPositive }));
        expect(rankOutcomes(outcomes).auc + rankOutcomes(turned).auc).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it('keeps every patient in exactly one group, lowest probabilities first', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 10, maxLength: 300 }), (probabilities) => {
        const outcomes = probabilities.map((probability) => ({ probability, isPositive: probability > 0.5 }));
        const { groups, observed } = groupOutcomes(outcomes, 10);
        expect(groups.reduce((sum, group) => sum + group.observed.total, 0)).to.equal(observed.total);
        expect(groups.every((group) => group.observed.total >= 10)).to.equal(true);
        const predicted = groups.map((group) => group.predicted);
        expect(predicted).to.deep.equal(predicted.toSorted((a, b) => a - b));
      }),
    );
  });

  it('keeps intervals inside 0 to 1 around the share', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (events, others) => {
        fc.pre(events + others > 0);
        const { lower, share: found, upper } = toProportion(events, events + others);
        expect(0 <= lower && lower <= found + 1e-12 && found <= upper + 1e-12 && upper <= 1).to.equal(true);
      }),
    );
  });

  it('measures a distance that does not ask which sample came first', () => {
    const scores = fc.uniqueArray(share, { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(scores, scores, (first, second) => {
        const [one, other] = [measureDrift(first, second), measureDrift(second, first)];
        expect(one!.distance).to.be.closeTo(other!.distance, 1e-12);
      }),
    );
  });
});
