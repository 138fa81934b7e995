import { expect } from 'chai';
import type { Finding } from '../../../src/assessment/domain/finding.ts';
import { withholdWeakEvidence } from '../../../src/assessment/withhold-weak-evidence.ts';
import { makeLoadedCt, STUDY } from '../../support/assessment-parts.ts';
import { makeResult, NO_FORECAST, POSITIVE, WITHHELD } from '../../support/result-scene.ts';

const assessment = makeResult(STUDY, makeLoadedCt());
const ABSTAINED = { kind: 'abstained', evidenceLevel: 'in-silico', detail: 'Made up.' } as const;
const reasonsOf = (minimum: Parameters<typeof withholdWeakEvidence>[1], ...findings: [Finding, Finding, Finding]) =>
  withholdWeakEvidence({ ...assessment, findings }, minimum).findings.map((one) =>
    one.kind === 'estimate' ? one.call : one.reason,
  );

describe('findings recorded under a lower minimum', () => {
  it('are as they would be if they were made now: no number, no slice', () => {
    const { findings } = withholdWeakEvidence(
      { ...assessment, findings: [POSITIVE, NO_FORECAST, WITHHELD] },
      'research',
    );
    expect(findings[0]).to.deep.equal({
      kind: 'abstained',
      target: 'ich-present',
      evidenceLevel: 'in-silico',
      reason: 'evidence-too-low',
      detail: 'The evidence behind this number is "in-silico"; this site shows numbers from "research" on.',
    });
  });

  it('stay as they are where the evidence is enough', () => {
    expect(withholdWeakEvidence(assessment, 'untrained')).to.deep.equal(assessment);
  });

  it('do not tell of a hemorrhage by what is withheld for it, however strong the forecast itself is', () => {
    const strong: Finding = { ...NO_FORECAST, evidenceLevel: 'site-validated' };
    expect(reasonsOf('research', POSITIVE, strong, WITHHELD)).to.deep.equal(Array(3).fill('evidence-too-low'));
    const known: Finding = { ...POSITIVE, evidenceLevel: 'research' };
    expect(reasonsOf('research', known, strong, WITHHELD)[1]).to.equal('hemorrhage-present');
  });

  it('do not tell by their maps that the networks disagreed', () => {
    const unsure: Finding = { ...ABSTAINED, target: 'ich-present', reason: 'networks-disagree' };
    expect(reasonsOf('research', unsure, NO_FORECAST, WITHHELD)[0]).to.equal('evidence-too-low');
  });

  it('keep the reasons that come before any network', () => {
    const refused: Finding = { ...ABSTAINED, target: 'ich-present', reason: 'slice-gap' };
    expect(reasonsOf('site-validated', refused, NO_FORECAST, WITHHELD)[0]).to.equal('slice-gap');
  });
});
