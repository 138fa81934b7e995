/** What the evidence page says about findings whose number must not be shown. */
import { expect } from 'chai';
import { toFindingView } from '../../../src/viewer/finding-view.ts';
import { readPageTexts } from '../../../src/viewer/page-texts.ts';

const ENSEMBLE = { id: 'pair', version: '0.1.0', digest: 'e'.repeat(64), networks: [] };
const NO_RATES = {
  'ich-present': { kind: 'none' },
  'ich-after-evt': { kind: 'none' },
  'poor-collaterals': { kind: 'none' },
} as const;

function view(reason: 'hemorrhage-present' | 'withdrawn' | 'contrast-enhanced') {
  const finding = {
    kind: 'abstained',
    target: 'ich-after-evt',
    evidenceLevel: 'research',
    reason,
    detail: '',
  } as const;
  return toFindingView(finding, ENSEMBLE, NO_RATES, readPageTexts('en'));
}

describe('finding view', () => {
  for (const [reason, words] of [
    ['hemorrhage-present', 'hemorrhage is suspected on this CT'],
    ['withdrawn', 'the result was withdrawn in the chart'],
  ] as const) {
    it(`${reason}: withheld whole, with its reason, no number and no map`, () => {
      expect(view(reason))
        .to.include({ isWithheld: true, hasMaps: false, reasonWords: words })
        .and.not.have.any.keys('percent', 'drivingSlices', 'opinions');
    });
  }

  it('a CT that could not be used is no statement: nothing was withheld', () => {
    expect(view('contrast-enhanced')).to.include({ isWithheld: false, hasMaps: false });
  });

  it('a bound is rounded once, so that page and card say the same percent', () => {
    const finding = {
      kind: 'estimate',
      target: 'ich-present',
      evidenceLevel: 'research',
      call: 'positive',
      probability: 0.976,
      threshold: 0.37,
      interval: { lower: 0.7646, upper: 0.9954, coverage: 0.95 },
      opinions: [],
      drivingSlices: [],
    } as const;
    const view = toFindingView(finding, ENSEMBLE, NO_RATES, readPageTexts('en'));
    expect(view).to.have.nested.property('interval.lower').closeTo(76.46, 1e-9);
  });
});
