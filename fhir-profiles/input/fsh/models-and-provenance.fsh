// Shapes after HL7 AI Transparency on FHIR (AIDevice, AI-Provenance, model card); that guide is a CI build, so
// its profiles are followed and not derived from.

Profile: ServiceDevice
Parent: Device
Id: service-device
Title: "The service"
Description: "One per version of the service."
* identifier 1..1
* identifier.system 1..1
* identifier.system = "https://thrombectomy-cds.org/fhir/sid/service"
* identifier.value 1..1
* deviceName 1..1
* version 1..1

Profile: NetworkDevice
Parent: Device
Id: network-device
Title: "A network"
Description: "One per set of weights: other weights are another Device."
* identifier 1..1
* identifier.system 1..1
* identifier.system = "https://thrombectomy-cds.org/fhir/sid/network-digest"
* identifier.value 1..1
* identifier.value obeys sha256
* deviceName 1..1
* modelNumber 1..1
* type 1..1
* type = $AIDeviceType#Artificial-Intelligence
* version 1..1
* parent 1..1

Profile: EnsembleDevice
Parent: Device
Id: ensemble-device
Title: "Networks that answer together"
Description: "Performer of the RiskAssessments. version[].component names the networks by their identifiers."
* identifier 1..1
* identifier.system 1..1
* identifier.system = "https://thrombectomy-cds.org/fhir/sid/ensemble-digest"
* identifier.value 1..1
* identifier.value obeys sha256
* deviceName 1..1
* type 1..1
* type = $AIDeviceType#Artificial-Intelligence
* version 2..*
* parent 1..1

Invariant: tcds-source
Description: "The CT is named as a source."
Expression: "entity.where(role = 'source' and what.reference.contains('ImagingStudy/')).exists()"
Severity: #error

Invariant: tcds-reason
Description: "The reason is that an algorithm asserted it."
Expression: "reason.coding.where(system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue' and code = 'AIAST').exists()"
Severity: #error

Profile: AssessmentProvenance
Parent: Provenance
Id: assessment-provenance
Title: "From CT and networks to result"
Description: "One per assessment. A newer model version names the results it revises as entities with role revision."
* obeys tcds-source and tcds-reason
* meta 1..1
* meta.tag 2..*
* target 3..*
* occurred[x] 1..1
* reason 1..*
* activity 1..1
* agent 3..*
* agent.type 1..1
* entity 1..*

Profile: ModelCard
Parent: DocumentReference
Id: model-card
Title: "Model card"
Description: "One per network version, in Markdown."
* identifier 1..1
* identifier.system 1..1
* identifier.system = "https://thrombectomy-cds.org/fhir/sid/model-card"
* identifier.value 1..1
* type 1..1
* type = $AIInputs#AIModelCard
* content 1..1
* content.attachment.contentType 1..1
* content.attachment.data 1..1

Profile: CollateralStatusObservation
Parent: Observation
Id: collateral-status-observation
Title: "Collateral status on the preoperative CT"
Description: "A present finding, on which the RiskAssessment of the same target rests. Never written for an abstention."
* obeys tcds-ai
* meta 1..1
* extension contains EvidenceLevel named evidenceLevel 1..1
* extension[evidenceLevel].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/evidence-level" (exactly)
* identifier 1..1
* category 1..*
* code = Findings#collateral-status
* subject 1..1
* effective[x] 1..1
* value[x] 1..1
* device 1..1
* derivedFrom 1..*
* component 1..1
