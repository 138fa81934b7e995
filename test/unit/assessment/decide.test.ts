import { expect } from 'chai';
import { decide, type NetworkRun } from '../../../src/assessment/decide.ts';
import { isFault } from '../../../src/errors.ts';
import { INPUT, makeAnswer, makeNetwork, makeTarget } from '../../support/assessment-parts.ts';

const COMBINATION = { rule: 'mean-logit', maximumDisagreement: 0.35 } as const;

function run(name: string, logits: readonly number[], change = {}): NetworkRun {
  const network = makeNetwork(name);
  const targets = network.targets.map((target, index) => makeTarget(index, target.evidenceLevel, change));
  return { network: { ...network, targets }, input: INPUT, answer: makeAnswer(logits) };
}

describe('decide', () => {
  it('estimates from both networks and names the slices that drove it', () => {
    const finding = decide('ich-present', [run('a', [-5, 1, 3]), run('b', [-5, 3, 3])], COMBINATION, 'research');
    expect(finding).to.deep.include({
      kind: 'estimate',
      call: 'positive',
      evidenceLevel: 'research',
      drivingSlices: [6, 5, 4],
    });
    if (finding.kind === 'estimate') expect(finding.probability).to.be.closeTo(1 / (1 + Math.exp(-2.5)), 1e-6);
  });

  it('withholds a number whose evidence is below the site minimum, and says so', () => {
    const finding = decide('ich-after-evt', [run('a', [3, 3, 3])], COMBINATION, 'site-validated');
    expect(finding).to.deep.include({ kind: 'abstained', reason: 'evidence-too-low', evidenceLevel: 'in-silico' });
    expect(JSON.stringify(finding)).not.to.contain('probability"');
  });

  it('abstains when the networks disagree', () => {
    const finding = decide('ich-present', [run('a', [-3, -3, -3]), run('b', [3, 3, 3])], COMBINATION, 'research');
    expect(finding).to.deep.include({ kind: 'abstained', reason: 'networks-disagree' });
  });

  it('abstains inside the band where neither answer holds', () => {
    const band = { abstentionBand: { lower: 0.4, upper: 0.6 } };
    const finding = decide('ich-present', [run('a', [0, 0, 0], band)], COMBINATION, 'research');
    expect(finding).to.deep.include({ kind: 'abstained', reason: 'probability-indeterminate' });
  });

  it('calls the threshold itself positive', () => {
    expect(decide('ich-present', [run('a', [0, 0, 0])], COMBINATION, 'research')).to.deep.include({ call: 'positive' });
  });

  it('averages neighbours where the contract says so: in the answer and in the slices it names', () => {
    const alone = run('a', [3, -3, -3]);
    const pooling = { rule: 'top-k-mean-of-neighbours', k: 1, neighbourWeight: 0.25 } as const;
    const settled = { ...alone, network: { ...alone.network, pooling } };
    const [before, after] = [alone, settled].map((one) => decide('ich-present', [one], COMBINATION, 'research'));
    expect(before).to.deep.include({ call: 'positive' });
    expect(after).to.deep.include({ call: 'positive', drivingSlices: [4, 5, 6] });
    if (after?.kind === 'estimate') expect(after.probability).to.be.closeTo(1 / (1 + Math.exp(-1)), 1e-6);
  });

  it('refuses a logit that is not finite as a fault, wherever it is, never as a number', () => {
    for (const slice of [0, 1, 2]) {
      const logits = [1, 1, 1].map((logit, at) => (at === slice ? Number.NaN : logit));
      try {
        decide('ich-present', [run('a', logits)], COMBINATION, 'research');
        expect.fail('it did not throw');
      } catch (error) {
        expect(isFault(error) && error.code).to.equal('inference-failed');
      }
    }
  });
});
