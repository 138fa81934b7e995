/**
 * What one assessment writes: three RiskAssessments, the Observation of a collateral estimate, Provenance and
 * AuditEvent. At most six entries: Medplum takes no more than eight in a transaction with conditional creates
 * (measured, @medplum/fhir-router 5.2.13), so the models are registered before (register-models.ts).
 */
import type { Reference } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import type { Target } from '../../assessment/domain/target.ts';
import { toAnalysisAuditEvent, toAnalysisAuditTag } from '../audit/analysis-audit-event.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import { toCollateralIdentifier, toCollateralObservation } from './collateral-observation.ts';
import type { ServiceIdentity } from './devices.ts';
import { byIdentifier, byTag, refer } from './planned-write.ts';
import type { PlannedWrite } from './planned-write.ts';
import type { ModelReferences } from './register-models.ts';
import { toProvenance, toProvenanceTag } from './to-provenance.ts';
import { toFindingIdentifier, toRiskAssessment } from './to-risk-assessment.ts';

export interface ResultContext {
  readonly service: ServiceIdentity;
  readonly serverAddress: string;
  readonly models: ModelReferences;
  /** Earlier results on the same study, by target. */
  readonly superseded: ReadonlyMap<Target, Reference>;
}

export function planResults(assessment: StudyAssessment, context: ResultContext): readonly PlannedWrite[] {
  const { key } = assessment;
  const { models, superseded } = context;
  const results = [...planObservation(assessment, models)];
  const observations = results.map((write) => refer(write));
  for (const finding of assessment.findings) {
    const earlier = superseded.get(finding.target);
    const risk = toRiskAssessment(finding, assessment, {
      ensembleDevice: models.ensemble,
      observations: finding.target === 'poor-collaterals' ? observations : [],
      supersedes: earlier ? [earlier] : [],
    });
    const value = toFindingIdentifier(key, finding.target);
    results.push(byIdentifier(risk, { system: IDENTIFIERS.finding, value }));
  }
  const targets = results.map((write) => refer(write));
  const provenance = toProvenance(assessment, { ...models, targets, supersedes: [...superseded.values()] });
  const audit = toAnalysisAuditEvent(assessment, {
    service: models.service,
    identity: context.service,
    serverAddress: context.serverAddress,
    results: targets,
  });
  return [...results, byTag(provenance, toProvenanceTag(key)), byTag(audit, toAnalysisAuditTag(key))];
}

function planObservation(assessment: StudyAssessment, models: ModelReferences): readonly PlannedWrite[] {
  return assessment.findings.flatMap((finding) => {
    if (finding.target !== 'poor-collaterals' || finding.kind !== 'estimate') return [];
    const observation = toCollateralObservation(finding, assessment, models.ensemble);
    return [byIdentifier(observation, { system: IDENTIFIERS.finding, value: toCollateralIdentifier(assessment.key) })];
  });
}
