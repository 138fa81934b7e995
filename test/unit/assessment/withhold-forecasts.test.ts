import { expect } from 'chai';
import type { Finding } from '../../../src/assessment/domain/finding.ts';
import type { Target } from '../../../src/assessment/domain/target.ts';
import { withholdForecasts } from '../../../src/assessment/withhold-forecasts.ts';

function makeEstimate(target: Target, call: 'positive' | 'negative'): Finding {
  const probability = call === 'positive' ? 0.8 : 0.2;
  return {
    kind: 'estimate',
    target,
    evidenceLevel: 'research',
    probability,
    threshold: 0.5,
    call,
    opinions: [],
    drivingSlices: [],
  };
}

const makeAbstention = (target: Target): Finding => ({
  kind: 'abstained',
  target,
  evidenceLevel: 'in-silico',
  reason: 'networks-disagree',
  detail: 'The networks differ by 48 points.',
});

describe('withhold-forecasts', () => {
  const present = makeEstimate('ich-present', 'positive');

  it('withholds both forecasts, raised or not, where hemorrhage is called on the CT', () => {
    const findings = withholdForecasts([
      present,
      makeEstimate('ich-after-evt', 'positive'),
      makeEstimate('poor-collaterals', 'negative'),
    ]);
    const withheld = {
      kind: 'abstained',
      evidenceLevel: 'research',
      reason: 'hemorrhage-present',
      detail: 'A forecast assumes a CT without hemorrhage; hemorrhage is suspected on this one.',
    };
    expect(findings).to.deep.equal([
      present,
      { ...withheld, target: 'ich-after-evt' },
      { ...withheld, target: 'poor-collaterals' },
    ]);
  });

  it('lets an abstention keep its own reason', () => {
    const abstained = makeAbstention('ich-after-evt');
    const findings = withholdForecasts([present, abstained, makeAbstention('poor-collaterals')]);
    expect(findings).to.deep.equal([present, abstained, makeAbstention('poor-collaterals')]);
  });

  for (const finding of [makeEstimate('ich-present', 'negative'), makeAbstention('ich-present')]) {
    it(`changes nothing where the CT finding is ${finding.kind === 'estimate' ? 'not called' : 'unknown'}`, () => {
      const findings = [
        finding,
        makeEstimate('ich-after-evt', 'positive'),
        makeEstimate('poor-collaterals', 'positive'),
      ] as const;
      expect(withholdForecasts(findings)).to.deep.equal(findings);
    });
  }
});
