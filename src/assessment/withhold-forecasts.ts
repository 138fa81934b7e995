/**
 * A forecast for the time after thrombectomy assumes a CT without hemorrhage (ADR 0060). Where hemorrhage is
 * suspected, the forecasts are withheld before anything is recorded, so that card, chart and evidence page agree.
 */
import type { AbstainedFinding, Finding, StudyAssessment } from './domain/finding.ts';

/** The same findings unless `ich-present` is called positive; then every forecast with a number becomes an abstention. */
export function withholdForecasts(findings: StudyAssessment['findings']): StudyAssessment['findings'] {
  const [present, afterEvt, collaterals] = findings;
  if (present.kind !== 'estimate' || present.call !== 'positive') return findings;
  return [present, withhold(afterEvt), withhold(collaterals)];
}

/** An abstention keeps its own reason. */
function withhold(finding: Finding): AbstainedFinding {
  if (finding.kind === 'abstained') return finding;
  return {
    kind: 'abstained',
    target: finding.target,
    evidenceLevel: finding.evidenceLevel,
    reason: 'hemorrhage-present',
    detail: 'A forecast assumes a CT without hemorrhage; hemorrhage is suspected on this one.',
  };
}
