/** Which validation cases a site's scores are compared with, when the networks were validated on different ones. */
import { expect } from 'chai';
import type { EnsembleContract, ValidationScores } from '../../../src/assessment/domain/model-contract.ts';
import { findReference } from '../../../src/monitoring/report/reference-scores.ts';
import { makeTrialEnsemble } from '../../support/made-up-trial.ts';

const TARGET = 'ich-present';

type Case = readonly [fold: number, probability: number, truth: 0 | 1];

const OF_ALL_FOLDS: readonly Case[] = [
  [2, 0.97, 1],
  [0, 0.02, 0],
  [1, 0.96, 1],
  [0, 0.9, 1],
];
const OF_FOLD_0: readonly Case[] = [
  [0, 0.02, 0],
  [0, 0.9, 1],
];

describe('reference of a site’s scores', () => {
  it('is of the cases that both networks were validated on, one on all folds, one on a fold', () => {
    const reference = findReference(ensembleOf(list('all folds', OF_ALL_FOLDS), list('one fold', OF_FOLD_0)), TARGET);
    expect(reference?.data).to.equal('all folds | one fold');
    expect(reference?.probabilities.map((one) => one.toFixed(3))).to.deep.equal(['0.020', '0.900']);
  });

  it('is none where the networks have no case in common, or disagree about the truth of one', () => {
    const one = list('some', OF_FOLD_0);
    expect(findReference(ensembleOf(one, list('some', [[1, 0.02, 0]])), TARGET)).to.equal(undefined);
    expect(findReference(ensembleOf(one, list('some', [[0, 0.02, 1]])), TARGET)).to.equal(undefined);
  });

  it('is none of patients dealt otherwise, but where data and order are the same', () => {
    const one = list('some', OF_FOLD_0);
    const dealtOtherwise = list('some', OF_FOLD_0, 'ffff');
    expect(findReference(ensembleOf(one, { ...dealtOtherwise, data: 'others' }), TARGET)).to.equal(undefined);
    expect(findReference(ensembleOf(one, dealtOtherwise), TARGET)?.probabilities).to.have.length(2);
  });

  it('needs the scores of every network', () => {
    expect(findReference(ensembleOf(list('some', OF_FOLD_0), undefined), TARGET)).to.equal(undefined);
  });
});

function list(data: string, cases: readonly Case[], deal = '0000'): ValidationScores {
  return {
    validation: 'held-out',
    data,
    probabilities: cases.map(([, probability]) => probability),
    truth: cases.map(([, , truth]) => truth),
    cases: { deal, folds: cases.map(([fold]) => fold) },
  };
}

function ensembleOf(...scores: readonly (ValidationScores | undefined)[]): EnsembleContract {
  const ensemble = makeTrialEnsemble();
  const [network] = ensemble.networks;
  if (!network) throw new Error('no network');
  const networks = scores.map((one) => ({
    ...network,
    targets: network.targets.map((target) => ({ ...target, ...(one && { scores: one }) })),
  }));
  return { ...ensemble, networks };
}
