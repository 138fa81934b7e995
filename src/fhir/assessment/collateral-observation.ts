/**
 * Collateral status is a finding on this CT, not a future event: it is written as an Observation, on which the
 * RiskAssessment of the same target rests (ADR 0052). No Observation is written for an abstention.
 */
import type { Device, Observation, Reference } from '@medplum/fhirtypes';
import type { Estimate, StudyAssessment } from '../../assessment/domain/finding.ts';
import { CODE_SYSTEMS, EXTENSIONS, IDENTIFIERS, PROFILES } from '../terminology/canonical.ts';
import { AI_ASSERTED, NETWORK_ENSEMBLE, concept } from '../terminology/codings.ts';
import { toAcquisitionTime } from './acquisition-time.ts';
import { toPercent } from './percent.ts';

export function toCollateralIdentifier(key: string): string {
  return `${key}.collateral-status`;
}

export function toCollateralObservation(
  estimate: Estimate,
  assessment: StudyAssessment,
  device: Reference<Device>,
): Observation {
  const isPoor = estimate.call === 'positive';
  const finding = (code: string, display: string) => ({ system: CODE_SYSTEMS.findings, code, display });
  return {
    resourceType: 'Observation',
    meta: {
      profile: [PROFILES.collateralObservation],
      security: [AI_ASSERTED],
      tag: [{ system: IDENTIFIERS.assessmentTag, code: assessment.key }],
    },
    extension: [{ url: EXTENSIONS.evidenceLevel, valueCode: estimate.evidenceLevel }],
    identifier: [{ system: IDENTIFIERS.finding, value: toCollateralIdentifier(assessment.key) }],
    status: 'final',
    category: [
      concept({
        system: 'http://terminology.hl7.org/CodeSystem/observation-category',
        code: 'imaging',
        display: 'Imaging',
      }),
    ],
    code: concept(finding('collateral-status', 'Collateral circulation status')),
    subject: { reference: `Patient/${assessment.patientId}` },
    effectiveDateTime: toAcquisitionTime(assessment),
    issued: assessment.assessedAt,
    valueCodeableConcept: concept(
      isPoor
        ? finding('poor-collaterals', 'Poor collateral circulation')
        : finding('collaterals-not-called-poor', 'Collateral circulation not called poor'),
    ),
    method: concept(NETWORK_ENSEMBLE),
    device,
    derivedFrom: [{ reference: `ImagingStudy/${assessment.imagingStudyId}` }],
    component: [
      {
        code: concept(finding('poor-collaterals-probability', 'Probability of poor collateral circulation')),
        valueQuantity: {
          value: toPercent(estimate.probability),
          unit: '%',
          system: 'http://unitsofmeasure.org',
          code: '%',
        },
      },
    ],
  };
}
