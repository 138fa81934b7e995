/**
 * The method against its published worked example: the 13 trials of the BCG vaccine (Colditz 1994), log risk ratios.
 * The figures are metafor's own, as published: REML tau^2 0.3132, I^2 92.22 %, in the RoBMA vignette "Bayesian
 * Meta-Analysis" (stat.ethz.ch/CRAN/web/packages/RoBMA/vignettes/v02-bayesian-meta-analysis.html); DerSimonian-Laird
 * -0.7141 in metafor's test_misc_metan_vs_rma.uni_with_dat.bcg.r (rdrr.io/cran/metafor), there checked against Stata.
 * The Knapp-Hartung standard error and the Q-profile bounds agree with PyMARE 0.0.13 (docs/adr/0090).
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { buildResults } from '../../../evidence/build-results.ts';
import { findDifferences } from '../../../evidence/find-differences.ts';
import { loadPublishedEvidence } from '../../../evidence/published-evidence.ts';
import { hasMetafor, NEEDED_PACKAGES, runMetafor } from '../../../evidence/run-metafor.ts';
import { readStudyLibrary } from '../../../evidence/study-schema.ts';
import { skip } from '../../support/skip.ts';

interface Trial {
  readonly tpos: number;
  readonly tneg: number;
  readonly cpos: number;
  readonly cneg: number;
}

function readTrials(): readonly Trial[] {
  const file = new URL('../../fixtures/evidence/bcg-trials.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { trials: Trial[] }).trials;
}

describe('pools by metafor', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasMetafor()) skip(this, `no R with metafor (${NEEDED_PACKAGES})`);
  });

  it('give the BCG vaccine trials their published result', () => {
    const trials = readTrials();
    const yi = trials.map(({ tpos, tneg, cpos, cneg }) => Math.log(tpos / (tpos + tneg) / (cpos / (cpos + cneg))));
    const vi = trials.map(({ tpos, tneg, cpos, cneg }) => 1 / tpos - 1 / (tpos + tneg) + 1 / cpos - 1 / (cpos + cneg));
    const [pool] = runMetafor([{ id: 'bcg', yi, vi }]).pools;
    expect(pool?.k).to.equal(13);
    expect(pool?.estimate).to.be.closeTo(-0.7145, 5e-5);
    expect(pool?.seWald).to.be.closeTo(0.1798, 5e-5);
    expect(pool?.tau2).to.be.closeTo(0.3132, 5e-5);
    expect(pool?.i2Percent).to.be.closeTo(92.22, 5e-3);
    expect(pool?.seKnappHartung).to.be.closeTo(0.1808, 5e-5);
    expect(pool?.df).to.equal(12);
    expect([pool?.ciLower, pool?.ciUpper].map((bound) => bound?.toFixed(3))).to.deep.equal(['-1.108', '-0.321']);
    expect([pool?.piLower, pool?.piUpper].map((bound) => bound?.toFixed(3))).to.deep.equal(['-1.996', '0.567']);
    expect([pool?.tau2Lower, pool?.tau2Upper].map((bound) => bound?.toFixed(3))).to.deep.equal(['0.120', '1.111']);
    expect(pool?.q).to.be.closeTo(152.233, 1e-3);
    expect(pool?.derSimonianLaird.estimate).to.be.closeTo(-0.7141, 5e-5);
    expect(pool?.derSimonianLaird.tau2).to.be.closeTo(0.3088, 5e-5);
  });

  it('never have an interval narrower than the Wald-type one', () => {
    const [pool] = runMetafor([{ id: 'alike', yi: [0.2, 0.2, 0.21], vi: [0.05, 0.06, 0.07] }]).pools;
    expect(pool?.seKnappHartung).to.be.below(pool?.seWald ?? 0);
    expect(pool?.se).to.be.closeTo(pool?.seWald ?? 0, 1e-12);
  });

  it('weigh the studies to 100 %', () => {
    const [pool] = runMetafor([{ id: 'any', yi: [-1, -0.5, 0.3], vi: [0.01, 0.02, 0.4] }]).pools;
    expect(pool?.weightsPercent.reduce((sum, one) => sum + one, 0)).to.be.closeTo(100, 1e-9);
    expect(pool?.weightsPercent[2]).to.be.below(pool?.weightsPercent[0] ?? 0);
  });

  it('say what R said when it cannot pool', () => {
    expect(() => runMetafor([{ id: 'none', yi: [], vi: [] }])).to.throw(/pool\.R failed: Error/);
  });

  it('make the committed results out of the committed studies', () => {
    const again = buildResults(readStudyLibrary(new URL('../../../evidence', import.meta.url).pathname), runMetafor);
    expect(findDifferences(loadPublishedEvidence(), again, ['metafor'])).to.deep.equal([]);
  });
});
