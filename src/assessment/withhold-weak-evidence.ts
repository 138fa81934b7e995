/**
 * What was recorded under a lower MIN_EVIDENCE_LEVEL (a trial, ADR 0087) stands in the chart with its numbers. Wherever
 * it is shown or handed on, the minimum of today decides: below it a finding is as it would be if it were made now.
 */
import type { AbstentionReason } from './domain/abstention.ts';
import { isEvidenceSufficient, weakestEvidence, type EvidenceLevel } from './domain/evidence-level.ts';
import type { AbstainedFinding, Finding, StudyAssessment } from './domain/finding.ts';

/** Abstentions that say something of what the networks answered. */
const TELLING: readonly AbstentionReason[] = ['networks-disagree', 'probability-indeterminate', 'hemorrhage-present'];

export function withholdWeakEvidence(assessment: StudyAssessment, minimum: EvidenceLevel): StudyAssessment {
  const [present, afterEvt, collaterals] = assessment.findings;
  const judge = (finding: Finding) => {
    const evidenceLevel = weakestEvidence([finding, ...(restsOn(finding) ? [present] : [])].map(toLevel));
    return isTelling(finding) && !isEvidenceSufficient(evidenceLevel, minimum)
      ? toWeak({ ...finding, evidenceLevel }, minimum)
      : finding;
  };
  return { ...assessment, findings: [judge(present), judge(afterEvt), judge(collaterals)] };
}

/** A forecast withheld for a hemorrhage tells what was said about the hemorrhage: its evidence counts too. */
function restsOn(finding: Finding): boolean {
  return finding.kind === 'abstained' && finding.reason === 'hemorrhage-present';
}

function isTelling(finding: Finding): boolean {
  return finding.kind === 'estimate' || TELLING.includes(finding.reason);
}

function toLevel({ evidenceLevel }: Finding): EvidenceLevel {
  return evidenceLevel;
}

function toWeak({ target, evidenceLevel }: Finding, minimum: EvidenceLevel): AbstainedFinding {
  const detail = describeWeakEvidence(evidenceLevel, minimum);
  return { kind: 'abstained', target, evidenceLevel, reason: 'evidence-too-low', detail };
}

export function describeWeakEvidence(level: EvidenceLevel, minimum: EvidenceLevel): string {
  return `The evidence behind this number is "${level}"; this site shows numbers from "${minimum}" on.`;
}
