/** The committed results as the service reads them, and the base rate that comes out of them. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { requireBaseRates } from '../../../cds-hooks/thrombectomy-risk/base-rate.ts';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';
import { digestLibrary } from '../../../evidence/build-results.ts';
import { findDifferences } from '../../../evidence/find-differences.ts';
import {
  loadPublishedEvidence,
  requirePooled,
  requirePublishedEvidence,
} from '../../../evidence/published-evidence.ts';
import { readStudyLibrary } from '../../../evidence/study-schema.ts';
import { isFault } from '../../../src/errors.ts';

const evidence = loadPublishedEvidence();
const NOTHING = { 'ich-present': { kind: 'none' }, 'poor-collaterals': { kind: 'none' } };

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return isFault(error) ? error.code : 'no fault';
  }
  return 'nothing thrown';
}

describe('published evidence', () => {
  it('was made from the studies that stand beside it', () => {
    const folder = new URL('../../../evidence', import.meta.url).pathname;
    expect(evidence.studiesDigest).to.equal(digestLibrary(readStudyLibrary(folder)));
  });

  it('pools nothing with fewer than three studies, and says how many there are', () => {
    for (const { id, result, studies, rows } of evidence.pools) {
      expect(rows, id).to.have.length(studies);
      if (studies < 3) expect(result.kind, id).to.equal('not-pooled');
    }
    expect(evidence.pools.filter(({ result }) => result.kind === 'not-pooled')).to.have.length.above(5);
  });

  it('has every pooled estimate inside its interval, and that inside the prediction interval', () => {
    for (const { id, result } of evidence.pools) {
      if (result.kind !== 'pooled') continue;
      const { predictionLower, lower, estimate, upper, predictionUpper } = result;
      const inOrder = [predictionLower, lower, estimate, upper, predictionUpper];
      expect(inOrder, id).to.deep.equal(inOrder.toSorted((a, b) => a - b));
    }
  });

  it('is the only source of the usual rate', () => {
    const { result, patients, rows } = requirePooled(evidence, 'any-ich');
    expect(loadServiceData('de').baseRates).to.deep.equal({
      'ich-present': { kind: 'none' },
      'poor-collaterals': { kind: 'none' },
      'ich-after-evt': {
        kind: 'pooled',
        pool: 'any-ich',
        percent: result.estimate * 100,
        lowPercent: result.lower * 100,
        highPercent: result.upper * 100,
        expectedLowPercent: result.predictionLower * 100,
        expectedHighPercent: result.predictionUpper * 100,
        studies: rows.map(({ label }) => label),
        patients,
      },
    });
  });

  const WRONG = [
    ['results of another form', () => requirePublishedEvidence({ pools: [] })],
    [
      'a rate that is not pooled',
      () => requireBaseRates({ ...NOTHING, 'ich-after-evt': { kind: 'pooled', pool: 'sich-ecass-iii' } }, evidence),
    ],
    [
      'a rate that is an odds ratio',
      () =>
        requireBaseRates({ ...NOTHING, 'ich-after-evt': { kind: 'pooled', pool: 'aspects-point-mixed' } }, evidence),
    ],
    [
      'a pool nobody knows',
      () => requireBaseRates({ ...NOTHING, 'ich-after-evt': { kind: 'pooled', pool: 'other' } }, evidence),
    ],
    ['a file without a target', () => requireBaseRates(NOTHING, evidence)],
  ] as const;
  for (const [what, action] of WRONG) {
    it(`stops the start on ${what}`, () => expect(codeOf(action)).to.equal('config-invalid'));
  }
});

describe('results compared', () => {
  it('may differ in the fifth digit and in what is ignored, in nothing else', () => {
    const one = { a: 0.301823, b: [1, { c: 'x' }], version: '1' };
    expect(findDifferences(one, { a: 0.301824, b: [1, { c: 'x' }], version: '2' }, ['version'])).to.deep.equal([]);
    expect(findDifferences(one, { a: 0.3021, b: [1, { c: 'x' }], version: '1' })).to.have.length(1);
    expect(findDifferences(one, { a: 0.301823, b: [1, { c: 'y' }], version: '1' })).to.deep.equal([
      '$.b.1.c: the values differ',
    ]);
    expect(findDifferences(one, { a: 0.301823, b: [1], version: '1' })).to.deep.equal(['$.b.1: the values differ']);
  });
});

describe('report of the published evidence', () => {
  it('names every included study and every reason to leave one out', () => {
    const report = readFileSync(new URL('../../../docs/published-evidence.md', import.meta.url), 'utf8');
    for (const pool of evidence.pools) {
      for (const { label } of pool.rows) expect(report).to.contain(`- **${label}.**`);
      for (const { reason } of pool.isSensitivity ? [] : pool.leftOut) expect(report).to.contain(reason);
    }
  });
});
