/** Values and edges against the published tables (Kalinin 2017; Strbian 2012, as in the clinical reference). */
import { expect } from 'chai';
import {
  computeScore,
  SCORE_TABLES,
  type ScoreFacts,
  type ScoreResult,
} from '../../../../src/assessment/scores/compute-score.ts';

const HTI = SCORE_TABLES.find((table) => table.id === 'hti')!;
const SEDAN = SCORE_TABLES.find((table) => table.id === 'sedan')!;

const facts = (values: Record<string, number | boolean>): ScoreFacts =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, source: 'Observation/x' }]));

const best = { aspects: 10, nihss: 0, denseArterySign: false, atrialFibrillation: false };
const mild = { glucose: 5, earlyInfarctSigns: false, denseArterySign: false, ageYears: 50, nihss: 3 };
const pointsOf = (result: ScoreResult) =>
  result.kind === 'computed'
    ? result.points
    : result.missing.map(({ label, implausible }) => [label.en, ...(implausible === undefined ? [] : [implausible])]);

describe('HTI', () => {
  const aspects: [number, number][] = [
    [10, 0],
    [7, 0],
    [6, 1],
    [5, 1],
    [4, 2],
    [3, 2],
    [2, 3],
    [0, 3],
  ];
  for (const [value, points] of aspects) {
    it(`ASPECTS ${String(value)} gives ${String(points)}`, () =>
      expect(pointsOf(computeScore(HTI, facts({ ...best, aspects: value })))).to.equal(points));
  }
  const nihss: [number, number][] = [
    [0, 0],
    [11, 0],
    [12, 1],
    [17, 1],
    [18, 2],
    [23, 2],
    [24, 3],
    [42, 3],
  ];
  for (const [value, points] of nihss) {
    it(`NIHSS ${String(value)} gives ${String(points)}`, () =>
      expect(pointsOf(computeScore(HTI, facts({ ...best, nihss: value })))).to.equal(points));
  }
  it('adds one point each for the hyperdense artery and atrial fibrillation', () => {
    expect(pointsOf(computeScore(HTI, facts({ ...best, denseArterySign: true, atrialFibrillation: true })))).to.equal(
      2,
    );
  });
  it('gives the published risk from 0 to 5 points', () => {
    const risks = [10, 6, 4, 2].map((value) => {
      const result = computeScore(HTI, facts({ ...best, aspects: value }));
      return result.kind === 'computed' ? result.riskPercent : undefined;
    });
    expect(risks).to.deep.equal([2.7, 7.0, 16.9, 34.6]);
    expect(HTI.riskPercent).to.deep.equal([2.7, 7.0, 16.9, 34.6, 57.1, 76.8]);
  });
  it('names no figure beyond five points', () => {
    const result = computeScore(HTI, facts({ aspects: 0, nihss: 30, denseArterySign: true, atrialFibrillation: true }));
    expect(result).to.include({ kind: 'computed', points: 8, maximumPoints: 8 });
    expect(result).to.not.have.property('riskPercent');
    expect(result).to.have.nested.property('beyond.en').that.contains('more than 76.8%');
  });
  it('is not computed when ASPECTS is missing, and says so', () => {
    const rest = { nihss: 0, denseArterySign: false, atrialFibrillation: false };
    expect(pointsOf(computeScore(HTI, facts(rest)))).to.deep.equal([['ASPECTS']]);
  });
  it('refuses values outside the scale', () => {
    expect(pointsOf(computeScore(HTI, facts({ ...best, aspects: 11 })))).to.deep.equal([['ASPECTS', 11]]);
    expect(pointsOf(computeScore(HTI, facts({ ...best, nihss: -1 })))).to.deep.equal([['NIHSS', -1]]);
  });
  it('refuses a number where a sign is asked for', () => {
    expect(computeScore(HTI, facts({ ...best, denseArterySign: 1 })).kind).to.equal('not-computed');
  });
});

describe('SEDAN', () => {
  const glucose: [number, number][] = [
    [4, 0],
    [8.0, 0],
    [8.04, 0],
    [8.1, 1],
    [12.0, 1],
    [12.1, 2],
    [30, 2],
  ];
  for (const [value, points] of glucose) {
    it(`glucose ${String(value)} mmol/L gives ${String(points)}`, () =>
      expect(pointsOf(computeScore(SEDAN, facts({ ...mild, glucose: value })))).to.equal(points));
  }
  it('counts age above 75', () => {
    expect(pointsOf(computeScore(SEDAN, facts({ ...mild, ageYears: 75 })))).to.equal(0);
    expect(pointsOf(computeScore(SEDAN, facts({ ...mild, ageYears: 76 })))).to.equal(1);
  });
  it('counts NIHSS from 10', () => {
    expect(pointsOf(computeScore(SEDAN, facts({ ...mild, nihss: 9 })))).to.equal(0);
    expect(pointsOf(computeScore(SEDAN, facts({ ...mild, nihss: 10 })))).to.equal(1);
  });
  it('adds to at most six points, with no published figure beyond five', () => {
    const worst = { glucose: 20, earlyInfarctSigns: true, denseArterySign: true, ageYears: 90, nihss: 20 };
    const result = computeScore(SEDAN, facts(worst));
    expect(result).to.include({ points: 6, maximumPoints: 6 }).and.not.have.property('riskPercent');
  });
  it('has the published risks', () => expect(SEDAN.riskPercent).to.deep.equal([1.4, 2.9, 8.5, 12.2, 21.7, 33.3]));
});
