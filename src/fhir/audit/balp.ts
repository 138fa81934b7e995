/**
 * The pieces of an AuditEvent as IHE Basic Audit Log Patterns (BALP 1.1) shapes them. Codes: DICOM PS3.16 CID 402,
 * HL7 audit-event-type, object-role, audit-entity-type, restful-interaction.
 */
import type { AuditEventAgent, AuditEventEntity, Coding } from '@medplum/fhirtypes';

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const BALP = 'https://profiles.ihe.net/ITI/BALP';

export const REST: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  code: 'rest',
  display: 'RESTful Operation',
};
/** DICOM PS3.15 A.5.3.11: use of a system by somebody who may not. */
export const SECURITY_ALERT: Coding = { system: DCM, code: '110113', display: 'Security Alert' };

/** DICOM PS3.15 A.5.3.8: objects went from one system to another. */
export const INSTANCES_TRANSFERRED: Coding = { system: DCM, code: '110104', display: 'DICOM Instances Transferred' };

export const BALP_PATIENT_CREATE = `${BALP}/StructureDefinition/IHE.BasicAudit.PatientCreate`;

export function restInteraction(code: 'create' | 'read' | 'search'): Coding {
  return { system: 'http://hl7.org/fhir/restful-interaction', code, display: code };
}

export interface Party {
  readonly who: AuditEventAgent['who'];
  /** An address (URI). */
  readonly address?: string | undefined;
}

/** DCM 110153 Source Role ID: where the data comes from. */
export function sourceAgent(party: Party): AuditEventAgent {
  return systemAgent('110153', 'Source Role ID', party);
}

/** DCM 110152 Destination Role ID: where the data goes. */
export function destinationAgent(party: Party): AuditEventAgent {
  return systemAgent('110152', 'Destination Role ID', party);
}

function systemAgent(code: string, display: string, { who, address }: Party): AuditEventAgent {
  return {
    type: { coding: [{ system: DCM, code, display }] },
    ...(who ? { who } : {}),
    requestor: false,
    // FHIR R4 network-type 5: URI.
    ...(address === undefined ? {} : { network: { address, type: '5' } }),
  };
}

/** The human who asked: information recipient (v3-ParticipationType IRCP), or author of what is created (AUT). */
export function userAgent(who: AuditEventAgent['who'], participation: 'IRCP' | 'AUT'): AuditEventAgent {
  const display = participation === 'IRCP' ? 'information recipient' : 'author (originator)';
  return {
    type: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: participation, display }],
    },
    ...(who ? { who } : {}),
    requestor: true,
  };
}

export function patientEntity(patientId: string): AuditEventEntity {
  return {
    what: { reference: `Patient/${patientId}` },
    type: { system: ENTITY_TYPE, code: '1', display: 'Person' },
    role: { system: OBJECT_ROLE, code: '1', display: 'Patient' },
  };
}

/** A resource the event is about. */
export function dataEntity(
  what: NonNullable<AuditEventEntity['what']>,
  details?: AuditEventEntity['detail'],
): AuditEventEntity {
  return {
    what,
    type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
    role: { system: OBJECT_ROLE, code: '4', display: 'Domain Resource' },
    ...(details && details.length > 0 ? { detail: details } : {}),
  };
}

/** BALP's transaction entity: the identifier under which both sides know the exchange. */
export function transactionEntity(value: string, details: AuditEventEntity['detail'] = []): AuditEventEntity {
  return {
    what: { identifier: { value } },
    type: { system: `${BALP}/CodeSystem/BasicAuditEntityType`, code: 'XrequestId' },
    ...(details.length > 0 ? { detail: details } : {}),
  };
}

/** What was asked, as BALP's Query pattern keeps it (role 24; FHIR R4 wants base64). */
export function queryEntity(query: string): AuditEventEntity {
  return {
    type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
    role: { system: OBJECT_ROLE, code: '24', display: 'Query' },
    query: Buffer.from(query).toString('base64'),
  };
}
