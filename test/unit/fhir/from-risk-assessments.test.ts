import { expect } from 'chai';
import type { CodeableConcept, RiskAssessment } from '@medplum/fhirtypes';
import { TARGETS } from '../../../src/assessment/domain/target.ts';
import { isFault } from '../../../src/errors.ts';
import { fromRiskAssessments } from '../../../src/fhir/assessment/from-risk-assessments.ts';
import { toRiskAssessment } from '../../../src/fhir/assessment/to-risk-assessment.ts';
import { CODE_SYSTEMS, EXTENSIONS } from '../../../src/fhir/terminology/canonical.ts';
import { MIXED, makeAssessment, makeEstimate } from '../../support/fhir-samples.ts';

const POSITIVE = makeAssessment({
  findings: [makeEstimate('ich-present', { probability: 0.91, threshold: 0.5 }), MIXED[1], MIXED[2]],
});
const LOCAL = { system: 'https://terminology.example.org/risk', code: 'moderate' };

type Edit = (risk: RiskAssessment) => void;

/** As the chart gives it back after somebody edited one finding. */
function readEdited(edit: Edit, { target = 0, assessment = POSITIVE } = {}): unknown {
  const links = { ensembleDevice: { display: 'ensemble' }, observations: [], supersedes: [] };
  const stored = TARGETS.map((_, index) => {
    const risk = structuredClone<RiskAssessment>(toRiskAssessment(assessment.findings[index]!, assessment, links));
    if (index === target) edit(risk);
    return { ...risk, id: `r${String(index)}` };
  });
  try {
    return fromRiskAssessments(assessment.key, stored)?.findings[target];
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.code;
  }
}

const callOf = (risk: RiskAssessment): CodeableConcept => risk.prediction![0]!.qualitativeRisk!;

describe('fromRiskAssessments: what others edited is read for certain or not at all', () => {
  it('reads a call as it was written', () => {
    expect(readEdited(() => undefined)).to.deep.equal(POSITIVE.findings[0]);
  });

  it('finds the call behind codings that others put first', () => {
    const edit: Edit = (risk) => callOf(risk).coding!.unshift(LOCAL, { display: 'no code at all' });
    expect(readEdited(edit)).to.include({ call: 'positive', probability: 0.91 });
  });

  const edits: readonly (readonly [title: string, edit: Edit])[] = [
    ['a deleted qualitativeRisk', (risk) => delete risk.prediction![0]!.qualitativeRisk],
    ["only others' codings", (risk) => (callOf(risk).coding = [LOCAL])],
    ['no coding', (risk) => delete callOf(risk).coding],
    ['an unknown call', (risk) => (callOf(risk).coding = [{ system: CODE_SYSTEMS.calls, code: 'high' }])],
    ['two calls', (risk) => callOf(risk).coding!.push({ system: CODE_SYSTEMS.calls, code: 'below-threshold' })],
    [
      'a call that contradicts probability and threshold',
      (risk) => (callOf(risk).coding = [{ system: CODE_SYSTEMS.calls, code: 'below-threshold' }]),
    ],
    ['a probability that contradicts the call', (risk) => (risk.prediction![0]!.probabilityDecimal = 9.1)],
  ];
  for (const [title, edit] of edits) {
    it(`${title}: a fault, never a guess`, () => expect(readEdited(edit)).to.equal('fhir-refused'));
  }

  for (const status of ['entered-in-error', 'cancelled'] as const) {
    it(`a number that somebody set to ${status} does not come back`, () => {
      const withdrawn = readEdited((risk) => (risk.status = status));
      expect(withdrawn).to.include({ kind: 'abstained', reason: 'withdrawn' }).and.not.to.have.property('probability');
    });
  }

  it('an abstention is cancelled and keeps its reason', () => {
    expect(readEdited(() => undefined, { target: 1 })).to.include({ reason: 'networks-disagree' });
  });

  it('takes either call where probability and threshold are written alike', () => {
    for (const call of ['positive', 'negative'] as const) {
      const finding = makeEstimate('ich-present', { probability: 0.5, threshold: 0.5, call });
      const assessment = makeAssessment({ findings: [finding, MIXED[1], MIXED[2]] });
      expect(readEdited(() => undefined, { assessment })).to.include({ call });
    }
  });

  it("finds the reason of an abstention behind others' codings", () => {
    const edit: Edit = (risk) => {
      const withheld = risk.prediction![0]!.extension!.find(({ url }) => url === EXTENSIONS.withheldReason);
      withheld!.valueCodeableConcept!.coding!.unshift({ ...LOCAL, code: 'withdrawn' });
    };
    expect(readEdited(edit, { target: 1 })).to.include({ kind: 'abstained', reason: 'networks-disagree' });
  });
});
