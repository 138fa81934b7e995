/** The decision table of policy.ts, row by row, and what must hold for every answer there can be. */
import { expect } from 'chai';
import fc from 'fast-check';
import { decide } from '../../../cds-hooks/thrombectomy-risk/policy.ts';
import { ABSTENTION_REASONS } from '../../../src/assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS, isEvidenceSufficient } from '../../../src/assessment/domain/evidence-level.ts';
import type { Finding } from '../../../src/assessment/domain/finding.ts';
import { TARGETS, type Target } from '../../../src/assessment/domain/target.ts';
import {
  assessed,
  DELAYED,
  FAILED,
  makeAbstention,
  makeAssessment,
  makeEstimate,
  NO_CT,
  OVERLOADED,
  RUNNING,
  withEarlier,
} from '../../contract/order-requests.ts';

const research = { minimumEvidence: 'research' } as const;
const HIGH = 0.8;
const LOW = 0.2;
const NONE = undefined;

describe('policy', () => {
  const table: readonly (readonly [
    string,
    number | undefined,
    number | undefined,
    number | undefined,
    string,
    string,
  ])[] = [
    ['hemorrhage on the CT', HIGH, LOW, LOW, 'stop-gate', 'critical'],
    ['hemorrhage on the CT, whatever else', HIGH, HIGH, HIGH, 'stop-gate', 'critical'],
    ['hemorrhage on the CT and nothing else known', HIGH, NONE, NONE, 'stop-gate', 'critical'],
    ['hemorrhage likely after thrombectomy', LOW, HIGH, LOW, 'raised-hemorrhage', 'warning'],
    ['poor collaterals', LOW, LOW, HIGH, 'raised-collaterals', 'warning'],
    ['both raised', LOW, HIGH, HIGH, 'raised-both', 'warning'],
    ['hemorrhage likely, CT finding unknown', NONE, HIGH, NONE, 'raised-hemorrhage-unchecked', 'warning'],
    ['poor collaterals, CT finding unknown', NONE, LOW, HIGH, 'raised-collaterals-unchecked', 'warning'],
    ['only collaterals, and poor', NONE, NONE, HIGH, 'raised-collaterals-unchecked', 'warning'],
    ['both raised, CT finding unknown', NONE, HIGH, HIGH, 'raised-both-unchecked', 'warning'],
    ['nothing raised', LOW, LOW, LOW, 'forecast', 'info'],
    ['a forecast, CT finding unknown', NONE, LOW, NONE, 'forecast-unchecked', 'info'],
    ['no forecast, no hemorrhage flagged', LOW, NONE, NONE, 'no-hemorrhage-flagged', 'info'],
    ['only collaterals', NONE, NONE, LOW, 'partial', 'info'],
    ['nothing could be said', NONE, NONE, NONE, 'abstained', 'info'],
  ];
  for (const [what, present, after, collaterals, card, indicator] of table) {
    it(`${what}: ${card}, ${indicator}`, () => {
      const decision = decide(assessed(present, after, collaterals, 'research'), research);
      expect([decision.card, decision.indicator]).to.deep.equal([card, indicator]);
    });
  }

  it('hemorrhage on the CT with too little evidence is no stop gate: everything is withheld', () => {
    const decision = decide(assessed(HIGH, HIGH, HIGH, 'in-silico'), research);
    expect([decision.card, decision.indicator]).to.deep.equal(['withheld', 'info']);
  });

  it('an abstention for want of evidence reads as withheld', () => {
    const findings = TARGETS.map((target) => makeAbstention(target, 'evidence-too-low'));
    const decision = decide(makeAssessment(findings as [Finding, Finding, Finding]), research);
    expect(decision.card).to.equal('withheld');
  });

  it('a CT that could not be used is said so, however weak the networks: they did not run', () => {
    const findings = TARGETS.map((target) => makeAbstention(target, 'contrast-enhanced', 'untrained'));
    expect(decide(makeAssessment(findings as [Finding, Finding, Finding]), research).card).to.equal('abstained');
  });

  it('some withheld, some refused: no statement', () => {
    const findings = [
      makeEstimate('ich-present', HIGH, 'untrained'),
      makeAbstention('ich-after-evt', 'slice-gap', 'research'),
      makeAbstention('poor-collaterals', 'slice-gap', 'research'),
    ] as const;
    expect(decide(makeAssessment(findings), research).card).to.equal('no-statement');
  });

  it('a finding on the CT that is withheld is unknown to the reader of a raised card', () => {
    const findings = [
      makeEstimate('ich-present', LOW, 'untrained'),
      makeEstimate('ich-after-evt', HIGH, 'research'),
      makeEstimate('poor-collaterals', LOW, 'research'),
    ] as const;
    expect(decide(makeAssessment(findings), research).card).to.equal('raised-hemorrhage-unchecked');
  });

  it('the stop gate shows no forecast: it would assume a CT without hemorrhage', () => {
    const decision = decide(assessed(HIGH, HIGH, HIGH, 'research'), research);
    expect(decision.statements.map((one) => one.target)).to.deep.equal(['ich-present']);
  });

  for (const answer of [RUNNING, DELAYED, FAILED, OVERLOADED, NO_CT]) {
    it(`${answer.kind}: its own card, info, and no number`, () => {
      expect(decide(answer, research)).to.deep.equal({ card: answer.kind, indicator: 'info', statements: [] });
    });
  }

  for (const answer of [RUNNING, DELAYED, FAILED, OVERLOADED]) {
    it(`${answer.kind}, images came after the assessment: what it said is not shown, its stop gate stays`, () => {
      for (const known of [assessed(LOW, HIGH, HIGH, 'research'), assessed(LOW, LOW, LOW, 'research')]) {
        const decision = decide(withEarlier(answer, known), research);
        expect(decision).to.deep.equal({ card: answer.kind, indicator: 'info', statements: [] });
      }
      const stop = decide(withEarlier(answer, assessed(HIGH, HIGH, HIGH, 'research')), research);
      expect([stop.card, stop.indicator]).to.deep.equal(['stop-gate', 'critical']);
      expect(stop.statements.map((one) => one.target)).to.deep.equal(['ich-present']);
      const weak = decide(withEarlier(answer, assessed(HIGH, HIGH, HIGH, 'in-silico')), research);
      expect(weak.card).to.equal(answer.kind);
    });
  }

  const level = fc.constantFrom(...EVIDENCE_LEVELS);
  const finding = (target: Target): fc.Arbitrary<Finding> =>
    fc.oneof(
      fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true }), level)
        .map(([probability, evidence]) => makeEstimate(target, probability, evidence)),
      fc
        .tuple(fc.constantFrom(...ABSTENTION_REASONS), level)
        .map(([reason, evidence]) => makeAbstention(target, reason, evidence)),
    );
  const anyAssessment = fc
    .tuple(finding('ich-present'), finding('ich-after-evt'), finding('poor-collaterals'))
    .map((findings) => makeAssessment(findings));

  it('for any findings: critical exactly when hemorrhage is called on the CT with enough evidence', () => {
    fc.assert(
      fc.property(anyAssessment, level, (answer, minimumEvidence) => {
        if (answer.kind !== 'assessed') return;
        const [present] = answer.assessment.findings;
        const isStop =
          present.kind === 'estimate' &&
          present.call === 'positive' &&
          isEvidenceSufficient(present.evidenceLevel, minimumEvidence);
        expect(decide(answer, { minimumEvidence }).indicator === 'critical').to.equal(isStop);
      }),
    );
  });

  it('for any findings: no number below the minimum evidence is ever shown', () => {
    fc.assert(
      fc.property(anyAssessment, level, (answer, minimumEvidence) => {
        for (const statement of decide(answer, { minimumEvidence }).statements) {
          if (statement.say !== 'number') continue;
          expect(isEvidenceSufficient(statement.estimate.evidenceLevel, minimumEvidence)).to.equal(true);
        }
      }),
    );
  });
});
