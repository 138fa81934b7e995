import { expect } from 'chai';
import { createScoreReader } from '../../../../src/assessment/scores/create-score-reader.ts';
import { openFactWindow } from '../../../../src/assessment/scores/fact-window.ts';
import { readScoreFacts } from '../../../../src/assessment/scores/read-score-facts.ts';

const ctStartedAt = new Date('2026-11-23T10:00:00Z');
const now = new Date('2026-11-23T12:00:00Z');
const asOf = openFactWindow(ctStartedAt, now);
const LOINC = 'http://loinc.org';

const observation = (id: string, code: string, change: Record<string, unknown>) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: {
    coding: [{ system: code.includes('-') && /^\d/.test(code) ? LOINC : 'urn:thrombectomy-cds:chart-fact', code }],
  },
  effectiveDateTime: '2026-11-23T10:00:00Z',
  ...change,
});

describe('facts for the scores, from the chart', () => {
  it('takes the newest valid observation', () => {
    const facts = readScoreFacts(
      [
        observation('old', '70184-6', { valueInteger: 9, effectiveDateTime: '2026-11-23T08:00:00Z' }),
        observation('new', '70184-6', { valueInteger: 14 }),
        observation('wrong', '70184-6', { valueInteger: 40, status: 'entered-in-error' }),
        observation('future', '70184-6', { valueInteger: 41, effectiveDateTime: '2026-11-23T13:00:00Z' }),
      ],
      asOf,
    );
    expect(facts.nihss).to.deep.equal({ value: 14, source: 'Observation/new', at: '2026-11-23T10:00:00Z' });
  });

  const nihss = (id: string, effectiveDateTime: string, valueInteger: number) =>
    observation(id, '70184-6', { valueInteger, effectiveDateTime });

  it('leaves out what is older than a day before the CT, or may be later than the procedure', () => {
    const stale = nihss('stale', '2023-05-01T10:00:00Z', 4);
    const late = nihss('late', '2026-11-23T12:30:00Z', 2);
    const tomorrow = openFactWindow(ctStartedAt, new Date('2026-11-24T12:00:00Z'));
    expect(readScoreFacts([stale, late], tomorrow)).to.deep.equal({});
    expect(readScoreFacts([stale, nihss('day before', '2026-11-22T10:00:00Z', 9)], asOf).nihss?.value).to.equal(9);
  });

  it('compares instants, not texts', () => {
    const facts = readScoreFacts(
      [nihss('earlier', '2026-11-22T23:30:00+01:00', 4), nihss('later', '2026-11-22T22:45:00Z', 21)],
      asOf,
    );
    expect(facts.nihss?.value).to.equal(21);
  });

  it('takes what is read from a CT from this one only', () => {
    const read = (effectiveDateTime: string) =>
      readScoreFacts(
        [
          observation('a', 'aspects', { valueInteger: 8, effectiveDateTime }),
          observation('d', 'dense-artery-sign', { valueBoolean: true, effectiveDateTime }),
          observation('e', 'early-infarct-signs', { valueBoolean: true, effectiveDateTime }),
        ],
        asOf,
      );
    expect(read('2026-11-23T09:59:00Z')).to.deep.equal({});
    expect(Object.keys(read('2026-11-23T10:20:00Z'))).to.have.members([
      ...['aspects', 'denseArterySign', 'earlyInfarctSigns'],
    ]);
  });

  it('does not count what has no time of day', () => {
    const undated = { ...nihss('undated', '', 9), effectiveDateTime: undefined };
    expect(readScoreFacts([nihss('day', '2026-11-23', 9), undated], asOf)).to.deep.equal({});
  });

  it('converts glucose from mg/dL', () => {
    const quantity = { valueQuantity: { value: 180, unit: 'mg/dL', code: 'mg/dL' } };
    expect(readScoreFacts([observation('g', '2345-7', quantity)], asOf).glucose?.value).to.be.closeTo(9.99, 0.01);
  });

  it('leaves out glucose in a unit it does not know', () => {
    const quantity = { valueQuantity: { value: 180, unit: 'g' } };
    expect(readScoreFacts([observation('g', '2345-7', quantity)], asOf)).to.not.have.property('glucose');
  });

  it('takes atrial fibrillation from a condition, unless it was refuted', () => {
    const condition = {
      resourceType: 'Condition',
      id: 'c',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '49436004' }] },
    };
    expect(readScoreFacts([condition], asOf).atrialFibrillation?.value).to.equal(true);
    const refuted = { ...condition, verificationStatus: { coding: [{ code: 'refuted' }] } };
    expect(readScoreFacts([refuted], asOf)).to.not.have.property('atrialFibrillation');
    const later = { ...condition, recordedDate: '2026-11-25' };
    expect(readScoreFacts([later], asOf)).to.not.have.property('atrialFibrillation');
  });

  it('lets an ECG observation overrule the condition', () => {
    const facts = readScoreFacts([observation('e', 'atrial-fibrillation-on-ecg', { valueBoolean: false })], asOf);
    expect(facts.atrialFibrillation?.value).to.equal(false);
  });

  it('counts completed years of age', () => {
    const patient = (birthDate: string) => ({ resourceType: 'Patient', id: 'p', birthDate });
    expect(readScoreFacts([patient('1950-11-23')], asOf).ageYears?.value).to.equal(76);
    expect(readScoreFacts([patient('1950-11-24')], asOf).ageYears?.value).to.equal(75);
    expect(readScoreFacts([patient('1950')], asOf)).to.not.have.property('ageYears');
  });

  it('understands nothing of garbage, and says nothing', () => {
    expect(readScoreFacts([null, 3, 'x', { resourceType: 'Observation' }], asOf)).to.deep.equal({});
  });
});

describe('score reader', () => {
  const signal = AbortSignal.timeout(1000);

  it('asks for one patient and by codes', async () => {
    const asked: string[] = [];
    const read = createScoreReader((type, parameters) => {
      asked.push(`${type}?${parameters.map((pair) => pair.join('=')).join('&')}`);
      return Promise.resolve({ entry: [] });
    });
    const scores = await read({ patientId: 'p1', ctStartedAt, now }, { signal });
    expect(asked[1]).to.match(/^Observation\?subject=Patient\/p1&code=http:\/\/loinc\.org\|70184-6,/);
    expect(scores.map((score) => score.kind)).to.deep.equal(['not-computed', 'not-computed']);
  });

  it('asks for the window of the CT, newest first', async () => {
    let asked = '';
    const read = createScoreReader((type, parameters) => {
      if (type === 'Observation') asked = parameters.map((pair) => pair.join('=')).join('&');
      return Promise.resolve({ entry: [] });
    });
    await read({ patientId: 'p1', ctStartedAt, now }, { signal });
    expect(asked).to.contain('date=ge2026-11-22T10:00:00.000Z&date=le2026-11-23T12:00:00.000Z&_sort=-date&_count=100');
  });

  it('computes nothing for a CT of which the chart knows the day alone', async () => {
    const read = createScoreReader(() => Promise.reject(new Error('asked')));
    const scores = await read({ patientId: 'p1', now }, { signal });
    expect(scores.map((score) => score.kind)).to.deep.equal(['not-computed', 'not-computed']);
  });

  it('survives a chart that refuses, with everything missing', async () => {
    const read = createScoreReader(() => Promise.reject(new Error('no')));
    const [hti] = await read({ patientId: 'p1', ctStartedAt, now }, { signal });
    expect(hti).to.deep.include({ kind: 'not-computed' });
  });
});
