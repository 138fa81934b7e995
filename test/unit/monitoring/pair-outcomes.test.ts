import { expect } from 'chai';
import type { OutcomeFact, ResultFact } from '../../../src/monitoring/facts/fact.ts';
import { pairOutcomes } from '../../../src/monitoring/report/pair-outcomes.ts';

const HOUR_MS = 3_600_000;
const CT_AT = Date.parse('2026-11-20T10:00:00Z');
const END = new Date(CT_AT + 3 * HOUR_MS);
const at = (hours: number) => new Date(END.getTime() + hours * HOUR_MS);

function makeResult(changes: Partial<ResultFact> = {}): ResultFact {
  return {
    kind: 'result',
    id: 'k1.ich-after-evt',
    key: 'k1',
    target: 'ich-after-evt',
    ensemble: { digest: 'd', name: 'e' },
    patientId: 'p1',
    imagingStudyId: 's1',
    assessedAt: new Date(CT_AT),
    evidenceLevel: 'in-silico',
    said: { kind: 'estimate', probability: 0.4, threshold: 0.35, call: 'positive' },
    ...changes,
  };
}

function makeOutcome(changes: Partial<OutcomeFact> = {}): OutcomeFact {
  return {
    kind: 'outcome',
    target: 'ich-after-evt',
    patientId: 'p1',
    at: at(24),
    code: 'no-hemorrhage',
    isPositive: false,
    thrombectomyEnd: END,
    ...changes,
  };
}

const ctTimes = new Map([
  ['k1', new Date(CT_AT)],
  ['k2', new Date(CT_AT + 2 * HOUR_MS)],
  ['late', at(1)],
  ['old', new Date(END.getTime() - 25 * HOUR_MS)],
]);
const pair = (
  outcomes: readonly OutcomeFact[],
  results: readonly ResultFact[] = [makeResult()],
  target: 'ich-present' | 'ich-after-evt' | 'poor-collaterals' = 'ich-after-evt',
) => {
  const { pairs, unplaced } = pairOutcomes(outcomes, results, { target, maximumCtAgeHours: 24, ctTimes });
  const left = Object.entries(unplaced).flatMap(([reason, count]) => (count > 0 ? [`${reason} ${String(count)}`] : []));
  return [...pairs.map(({ result, isPositive }) => `${result.key} ${String(isPositive)}`), ...left];
};

describe('which outcome belongs to which result', () => {
  const bled = { isPositive: true, code: 'hemorrhage-asymptomatic' };
  const WINDOW: readonly [string, Partial<OutcomeFact>, string][] = [
    ['no hemorrhage at 24 h', { at: at(24) }, 'k1 false'],
    ['no hemorrhage at 36 h', { at: at(36) }, 'k1 false'],
    ['no hemorrhage at 23 h: it may come', { at: at(23) }, 'outside-window 1'],
    ['no hemorrhage at 37 h', { at: at(37) }, 'outside-window 1'],
    ['hemorrhage at 1 h: it happened', { ...bled, at: at(1) }, 'k1 true'],
    ['hemorrhage at 37 h: nobody knows since when', { ...bled, at: at(37) }, 'outside-window 1'],
    ['hemorrhage before the end of the thrombectomy', { ...bled, at: at(-1) }, 'outside-window 1'],
    ['an outcome of another patient', { patientId: 'p2' }, 'no-result 1'],
  ];
  for (const [what, changes, expected] of WINDOW) {
    it(`${what}: ${expected}`, () => expect(pair([makeOutcome(changes)])).to.deep.equal([expected]));
  }

  it('leaves out what does not say when the thrombectomy ended', () => {
    const outcome = makeOutcome();
    delete (outcome as { thrombectomyEnd?: Date }).thrombectomyEnd;
    expect(pair([outcome])).to.deep.equal(['thrombectomy-end-missing 1']);
  });

  it('takes the last CT before the end of the thrombectomy, and none that is too old or later', () => {
    const results = ['k1', 'k2', 'late', 'old'].map((key) => makeResult({ key, id: `${key}.ich-after-evt` }));
    expect(pair([makeOutcome()], results)).to.deep.equal(['k2 false']);
    expect(pair([makeOutcome()], [makeResult({ key: 'late' })])).to.deep.equal(['no-result 1']);
    expect(pair([makeOutcome()], [makeResult({ key: 'old' })])).to.deep.equal(['no-result 1']);
  });

  it('counts any hemorrhage of several follow-ups', () => {
    expect(pair([makeOutcome(), makeOutcome({ ...bled, at: at(30) })])).to.deep.equal(['k1 true']);
  });

  it('takes the reading of the very CT, and none where two readings contradict each other', () => {
    const reading = makeOutcome({ target: 'ich-present', imagingStudyId: 's1' });
    expect(pair([reading], [makeResult()], 'ich-present')).to.deep.equal(['k1 false']);
    expect(pair([{ ...reading, imagingStudyId: 's2' }], [makeResult()], 'ich-present')).to.deep.equal(['no-result 1']);
    expect(pair([reading, { ...reading, isPositive: true }], [makeResult()], 'ich-present')).to.deep.equal([
      'contradicted 2',
    ]);
  });

  it('takes the plain CT nearest to the angiography, before or after it', () => {
    const grade = makeOutcome({ target: 'poor-collaterals', at: new Date(CT_AT + 90 * 60_000) });
    const results = ['k1', 'k2'].map((key) => makeResult({ key, id: `${key}.poor-collaterals` }));
    expect(pair([grade], results, 'poor-collaterals')).to.deep.equal(['k2 false']);
  });

  it('keeps one pair per patient: the first', () => {
    const results = [makeResult(), makeResult({ key: 'k2', id: 'k2.ich-present', imagingStudyId: 's2' })];
    const readings = ['s1', 's2'].map((imagingStudyId) => makeOutcome({ target: 'ich-present', imagingStudyId }));
    expect(pair(readings, results, 'ich-present')).to.deep.equal(['k1 false', 'patient-again 1']);
  });
});
