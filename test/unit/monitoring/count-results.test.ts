import { expect } from 'chai';
import { createRevisionKey } from '../../../src/assessment/assessment-key.ts';
import { toRiskAssessment } from '../../../src/fhir/assessment/to-risk-assessment.ts';
import type { ResultFact } from '../../../src/monitoring/facts/fact.ts';
import { readResult } from '../../../src/monitoring/facts/read-result.ts';
import { pickPerStudy } from '../../../src/monitoring/report/count-results.ts';
import { makeAssessment, makeRevision, MIXED } from '../../support/fhir-samples.ts';

const ESTIMATE = { kind: 'estimate', probability: 0.4, threshold: 0.35, call: 'positive' } as const;
const ABSTAINED = { kind: 'abstained', reason: 'partial-brain' } as const;

function makeResult(key: string, minute: number, changes: Partial<ResultFact> = {}): ResultFact {
  return {
    kind: 'result',
    id: `${key}.ich-present`,
    key,
    target: 'ich-present',
    ensemble: { digest: 'd', name: 'e' },
    patientId: 'p1',
    imagingStudyId: 's1',
    assessedAt: new Date(Date.parse('2026-11-20T10:00:00Z') + minute * 60_000),
    evidenceLevel: 'research',
    said: ESTIMATE,
    ...changes,
  };
}

const picked = (...results: ResultFact[]) => pickPerStudy(results).map(({ key }) => key);

describe('a result that was withdrawn in the chart', () => {
  const links = { ensembleDevice: { display: 'ensemble' }, observations: [], supersedes: [] };
  const readWith = (status: 'final' | 'cancelled' | 'entered-in-error', finding: 0 | 1) => {
    const assessment = makeAssessment({ findings: MIXED });
    return readResult({ ...toRiskAssessment(assessment.findings[finding], assessment, links), status });
  };

  it('is no result: entered in error, or a number that somebody cancelled', () => {
    expect(readWith('final', 0)).to.have.property('kind', 'result');
    expect(readWith('entered-in-error', 0)).not.to.have.property('kind', 'result');
    expect(readWith('cancelled', 0)).not.to.have.property('kind', 'result');
  });

  it('is not an abstention, which we cancel ourselves', () => {
    expect(readWith('cancelled', 1)).to.have.property('kind', 'result');
  });
});

describe('which result of a CT counts', () => {
  it('of two evidence rules: the estimate, then the later one', () => {
    expect(picked(makeResult('a', 0), makeResult('b', 5, { said: ABSTAINED }))).to.deep.equal(['a']);
    expect(picked(makeResult('b', 5), makeResult('a', 0))).to.deep.equal(['b']);
  });

  it('made again after further images came: the later one, also when it abstains, in any order', () => {
    const first = makeResult('a', 0);
    const [second, third] = [createRevisionKey('a', 1), createRevisionKey('a', 2)];
    const again = makeResult(second, 5, { firstKey: 'a', said: ABSTAINED });
    const last = makeResult(third, 3, { firstKey: 'a' }); // by a replica whose clock is behind
    expect(picked(first, again)).to.deep.equal([second]);
    expect(picked(again, first)).to.deep.equal([second]);
    expect(picked(last, first, again)).to.deep.equal([third]);
  });

  it('each CT once', () => {
    const other = makeResult('z', 1, { imagingStudyId: 's2' });
    expect(picked(makeResult('a', 0), other, makeResult('b', 2))).to.deep.equal(['b', 'z']);
  });

  it('is read so from what stands in the chart', () => {
    const links = { ensembleDevice: { reference: 'Device/d' }, observations: [], supersedes: [] };
    const [first, again] = [makeAssessment(), makeRevision(1)].map((one) =>
      readResult(toRiskAssessment(one.findings[0], one, links)),
    );
    expect(first).to.include({ kind: 'result', key: makeAssessment().key }).and.not.to.have.property('firstKey');
    expect(again).to.include({ kind: 'result', key: makeRevision(1).key, firstKey: makeAssessment().key });
  });
});
