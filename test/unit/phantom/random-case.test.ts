import { expect } from 'chai';
import { drawBleedAfterEvt, drawCase } from '../../../src/phantom/random-case.ts';

describe('phantom: random cases', () => {
  const cases = Array.from({ length: 1000 }, (_, seed) => drawCase(seed));
  const share = (kind: string): number =>
    cases.filter(({ lesions }) => lesions.some((one) => one.kind === kind)).length / 1000;

  it('repeats for a seed', () => expect(drawCase(12)).to.deep.equal(cases[12]));

  it('draws every lesion, in the declared mix', () => {
    expect(share('acute-infarct')).to.be.closeTo(0.4, 0.05);
    expect(share('intraparenchymal')).to.be.closeTo(0.2, 0.05);
    for (const kind of ['intraventricular', 'subdural', 'epidural', 'subarachnoid', 'old-infarct']) {
      expect(share(kind), kind).to.be.greaterThan(0.02);
    }
  });

  it('never draws bleeding and infarct together: the forecast is about heads that do not bleed yet', () => {
    const both = cases.filter(
      ({ lesions }) =>
        lesions.some(({ kind }) => kind === 'acute-infarct') && lesions.some(({ kind }) => kind === 'subdural'),
    );
    expect(both).to.deep.equal([]);
  });

  it('draws later bleeding at the rate of the published score', () => {
    const bled = Array.from({ length: 3000 }, (_, seed) => drawBleedAfterEvt(seed, 4, true)).filter(
      ({ bleeds }) => bleeds,
    );
    expect(drawBleedAfterEvt(1, 4, true).risk).to.equal(0.346);
    expect(bled.length / 3000).to.be.closeTo(0.346, 0.03);
  });
});
