/** One per analysis: which networks wrote which results about which patient, from which CT (BALP PatientCreate). */
import type { AuditEvent, Device, Reference } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import type { ServiceIdentity } from '../assessment/devices.ts';
import { IDENTIFIERS, PROFILES } from '../terminology/canonical.ts';
import {
  BALP_PATIENT_CREATE,
  REST,
  dataEntity,
  destinationAgent,
  patientEntity,
  restInteraction,
  sourceAgent,
  transactionEntity,
} from './balp.ts';

export interface AnalysisAuditLinks {
  readonly service: Reference<Device>;
  readonly identity: ServiceIdentity;
  /** FHIR base address that is written to. */
  readonly serverAddress: string;
  readonly results: readonly Reference[];
}

export function toAnalysisAuditTag(key: string): string {
  return `${key}.audit`;
}

export function toAnalysisAuditEvent(assessment: StudyAssessment, links: AnalysisAuditLinks): AuditEvent {
  const { key } = assessment;
  return {
    resourceType: 'AuditEvent',
    meta: {
      profile: [PROFILES.auditAnalysis, BALP_PATIENT_CREATE],
      tag: [
        { system: IDENTIFIERS.assessmentTag, code: key },
        { system: IDENTIFIERS.record, code: toAnalysisAuditTag(key) },
      ],
    },
    type: REST,
    subtype: [restInteraction('create')],
    action: 'C',
    recorded: assessment.assessedAt,
    outcome: '0',
    agent: [
      sourceAgent({ who: links.service, address: links.identity.url }),
      destinationAgent({ who: { display: 'FHIR server' }, address: links.serverAddress }),
    ],
    source: { observer: links.service },
    entity: [
      patientEntity(assessment.patientId),
      ...links.results.map((what) => dataEntity(what)),
      dataEntity({ reference: `ImagingStudy/${assessment.imagingStudyId}` }),
      transactionEntity(key),
    ],
  };
}
