/**
 * Which card a thrombectomy order gets. Pure: the answer in, the decision out; no clock, no network, no wording.
 *
 *   critical  hemorrhage is suspected on the CT itself, by networks with enough evidence. Nothing else.
 *   warning   hemorrhage after thrombectomy, or poor collaterals, above the threshold of the model's contract.
 *   info      everything else, and always saying what is missing: no number is never shown as low risk.
 */
import { isEvidenceSufficient, type EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { Finding } from '../../src/assessment/domain/finding.ts';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { Target } from '../../src/assessment/domain/target.ts';
import type { CardId, Decision, Statement } from './decision.ts';

export interface PolicySettings {
  /** Numbers of a lower evidence level are withheld (architecture, decision 5). */
  readonly minimumEvidence: EvidenceLevel;
}

/** One card for the order: with hemorrhage on the CT it is the stop gate, and forecasts are not made. */
export function decide(answer: OrderAnswer, settings: PolicySettings): Decision {
  if (answer.kind !== 'assessed') return decideUnfinished(answer, settings);
  const statements = answer.assessment.findings.map((finding) => judgeFinding(finding, settings));
  return decideAssessed(statements);
}

/**
 * Images came after an assessment: what it said is not shown as if it covered them. Only its call to stop stays, because
 * hemorrhage does not leave a CT with further images, and waiting for them must not hide it (ADR 0007).
 */
function decideUnfinished(answer: Exclude<OrderAnswer, { kind: 'assessed' }>, settings: PolicySettings): Decision {
  const findings = 'earlier' in answer ? answer.earlier.findings : [];
  const decided = decideAssessed(findings.map((finding) => judgeFinding(finding, settings)));
  return decided.card === 'stop-gate' ? decided : { card: answer.kind, indicator: 'info', statements: [] };
}

/** May this be said as a number? A refusal stays one, however good or weak the evidence; then the evidence decides. */
export function judgeFinding(finding: Finding, settings: PolicySettings): Statement {
  const { target, evidenceLevel } = finding;
  // A CT that could not be used comes first: "withheld" says that the networks ran, and here they did not.
  if (finding.kind === 'abstained' && finding.reason !== 'evidence-too-low') {
    return { say: 'abstained', target, reason: finding.reason, detail: finding.detail };
  }
  if (finding.kind === 'abstained' || !isEvidenceSufficient(evidenceLevel, settings.minimumEvidence)) {
    return { say: 'withheld', target, evidenceLevel };
  }
  return { say: 'number', target, estimate: finding };
}

function decideAssessed(statements: readonly Statement[]): Decision {
  const isRaised = (target: Target): boolean =>
    statements.some((one) => one.target === target && one.say === 'number' && one.estimate.call === 'positive');
  const hasNumber = (target: Target): boolean =>
    statements.some((one) => one.target === target && one.say === 'number');

  // Blood on the CT: stop and look. A forecast assumes a CT without hemorrhage, so only the finding itself is shown.
  if (isRaised('ich-present')) {
    const finding = statements.filter((one) => one.target === 'ich-present');
    return { card: 'stop-gate', indicator: 'critical', statements: finding };
  }

  // A forecast assumes a CT without hemorrhage: when that is not known, the card says so first.
  const isChecked = hasNumber('ich-present');
  const raised = chooseRaisedCard(isRaised('ich-after-evt'), isRaised('poor-collaterals'));
  if (raised) return { card: isChecked ? raised : `${raised}-unchecked`, indicator: 'warning', statements };
  if (hasNumber('ich-after-evt')) {
    return { card: isChecked ? 'forecast' : 'forecast-unchecked', indicator: 'info', statements };
  }
  if (isChecked) return { card: 'no-hemorrhage-flagged', indicator: 'info', statements };
  if (hasNumber('poor-collaterals')) return { card: 'partial', indicator: 'info', statements };
  return { card: chooseSilentCard(statements), indicator: 'info', statements };
}

function chooseRaisedCard(bleeding: boolean, collaterals: boolean) {
  if (bleeding && collaterals) return 'raised-both';
  if (bleeding) return 'raised-hemorrhage';
  return collaterals ? 'raised-collaterals' : undefined;
}

/** No number at all: because of the evidence, because of this CT, or both. */
function chooseSilentCard(statements: readonly Statement[]): CardId {
  if (statements.every((one) => one.say === 'withheld')) return 'withheld';
  if (statements.every((one) => one.say === 'abstained')) return 'abstained';
  return 'no-statement';
}
