// Shapes after IHE Basic Audit Log Patterns (BALP): agents with DICOM roles, entities with object roles.

Invariant: tcds-roles
Description: "Somebody sends (DCM 110153) and somebody receives (DCM 110152)."
Expression: "agent.type.coding.where(code = '110153').exists() and agent.type.coding.where(code = '110152').exists()"
Severity: #error

Invariant: tcds-subtype
Description: "One subtype says what was done; of feedback another one says with which outcome."
Expression: "subtype.where(system = 'https://thrombectomy-cds.org/fhir/CodeSystem/audit-events' and (code = 'order-answered' or code = 'evidence-viewed' or code = 'caller-refused' or code = 'feedback-received' or code = 'monitoring-viewed' or code = 'results-exported')).count() = 1"
Severity: #error

Invariant: tcds-patient
Description: "The patient is an entity."
Expression: "entity.where(type.code = '1' and what.reference.startsWith('Patient/')).count() = 1"
Severity: #error

Invariant: tcds-create
Description: "The interaction is a create."
Expression: "subtype.where(system = 'http://hl7.org/fhir/restful-interaction' and code = 'create').exists()"
Severity: #error

Profile: AnalysisAuditEvent
Parent: AuditEvent
Id: analysis-audit-event
Title: "An analysis was written"
Description: "One per assessment, in the shape of BALP PatientCreate."
* obeys tcds-roles and tcds-patient and tcds-create
* meta 1..1
* meta.tag 2..*
* type = http://terminology.hl7.org/CodeSystem/audit-event-type#rest
* subtype 1..1
* action 1..1
* action = #C
* outcome 1..1
* agent 2..*
* agent.who 1..1
* agent.network 1..1
* entity 5..*

Profile: InteractionAuditEvent
Parent: AuditEvent
Id: interaction-audit-event
Title: "An order, an evidence page, the monitoring page, feedback, results sent to the archive, or a refused caller"
Description: "One per event. Orders are named by identifier, because draft orders are often not readable on the server."
* obeys tcds-roles and tcds-subtype
* meta 1..1
* meta.tag 1..*
* subtype 1..4
* action 1..1
* outcome 1..1
* agent 2..3
