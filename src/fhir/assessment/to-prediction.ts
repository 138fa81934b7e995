/**
 * One finding as RiskAssessment.prediction. An abstention has no probability and no qualitative risk, only its
 * reason: nothing in it can be read as low risk (ADR 0051).
 */
import type { Extension, RiskAssessmentPrediction } from '@medplum/fhirtypes';
import type { AbstainedFinding, Estimate, Finding, StudyAssessment } from '../../assessment/domain/finding.ts';
import type { Target } from '../../assessment/domain/target.ts';
import { CODE_SYSTEMS, EXTENSIONS } from '../terminology/canonical.ts';
import { toFhirText } from '../terminology/fhir-text.ts';
import { toAcquisitionTime } from './acquisition-time.ts';
import { sayPercent, toPercent } from './percent.ts';
import targets from './target-coding.json' with { type: 'json' };

const HOUR_MS = 3_600_000;
const UCUM = 'http://unitsofmeasure.org';

export function toPrediction(finding: Finding, assessment: StudyAssessment): RiskAssessmentPrediction {
  const { outcome } = targets[finding.target];
  const shared = {
    outcome: { coding: [outcome.coding], text: outcome.text },
    ...toWhen(finding.target, assessment),
  };
  return finding.kind === 'estimate' ? { ...shared, ...toEstimate(finding) } : { ...shared, ...toWithheld(finding) };
}

/** Never left out: an absent `when` means "over the patient's lifespan" (FHIR R4 RiskAssessment). */
function toWhen(target: Target, assessment: StudyAssessment): Pick<RiskAssessmentPrediction, 'whenPeriod'> {
  const { horizonHours } = targets[target];
  const { assessedAt } = assessment;
  const startedAt = toAcquisitionTime(assessment);
  if (horizonHours === 0) return { whenPeriod: { start: startedAt, end: startedAt } };
  const end = new Date(Date.parse(assessedAt) + horizonHours * HOUR_MS).toISOString();
  return { whenPeriod: { start: assessedAt, end } };
}

function toEstimate(finding: Estimate): Partial<RiskAssessmentPrediction> {
  const isPositive = finding.call === 'positive';
  const threshold = sayPercent(finding.threshold);
  const opinions = finding.opinions.map(({ network, probability }) => `${network} ${sayPercent(probability)}`);
  return {
    extension: [
      ...toInterval(finding),
      { url: EXTENSIONS.decisionThreshold, valueDecimal: toPercent(finding.threshold) },
      ...finding.opinions.map(toOpinion),
      ...finding.drivingSlices.map((slice) => ({ url: EXTENSIONS.drivingSlice, valueUnsignedInt: slice })),
    ],
    probabilityDecimal: toPercent(finding.probability),
    qualitativeRisk: {
      coding: [
        {
          system: CODE_SYSTEMS.calls,
          code: isPositive ? 'at-or-above-threshold' : 'below-threshold',
          display: isPositive ? 'At or above the decision threshold' : 'Below the decision threshold',
        },
      ],
      text: `${isPositive ? 'At or above' : 'Below'} the decision threshold of ${threshold}`,
    },
    rationale: `Calibrated probabilities: ${opinions.join(', ')}. Evidence level: ${finding.evidenceLevel}.`,
  };
}

function toInterval({ interval }: Estimate): Extension[] {
  if (!interval) return [];
  const percent = (value: number) => ({ value: toPercent(value), unit: '%', system: UCUM, code: '%' });
  return [
    {
      url: EXTENSIONS.probabilityInterval,
      extension: [
        { url: 'range', valueRange: { low: percent(interval.lower), high: percent(interval.upper) } },
        { url: 'coverage', valueDecimal: toPercent(interval.coverage) },
      ],
    },
  ];
}

function toOpinion({ network, probability }: Estimate['opinions'][number]): Extension {
  return {
    url: EXTENSIONS.networkOpinion,
    extension: [
      { url: 'network', valueString: network },
      { url: 'probability', valueDecimal: toPercent(probability) },
    ],
  };
}

function toWithheld(finding: AbstainedFinding): Partial<RiskAssessmentPrediction> {
  const detail = toFhirText(finding.detail, finding.reason);
  return {
    extension: [
      {
        url: EXTENSIONS.withheldReason,
        valueCodeableConcept: {
          coding: [{ system: CODE_SYSTEMS.abstentionReasons, code: finding.reason }],
          text: detail,
        },
      },
    ],
    rationale: `No estimate was made (${finding.reason}). ${detail} This is not a low risk.`,
  };
}
