import { expect } from 'chai';
import { EVIDENCE_LEVELS } from '../../../src/assessment/domain/evidence-level.ts';
import { toRiskAssessment } from '../../../src/fhir/assessment/to-risk-assessment.ts';
import { makeAssessment } from '../../support/fhir-samples.ts';

const LINKS = { ensembleDevice: { reference: 'Device/1' }, observations: [], supersedes: [] };

describe('RiskAssessment.note', () => {
  for (const level of EVIDENCE_LEVELS) {
    it(`says what a number of level ${level} is worth, beside what the number is for`, () => {
      const assessment = makeAssessment();
      const notes = assessment.findings.map((finding) => {
        const [note] = toRiskAssessment({ ...finding, evidenceLevel: level }, assessment, LINKS).note ?? [];
        return note?.text;
      });
      expect(notes).to.have.length(3);
      for (const text of notes) {
        expect(text).to.contain('it informs and does not diagnose');
        expect(text?.toLowerCase()).to.contain(level.replaceAll('-', ' '));
      }
    });
  }
});
