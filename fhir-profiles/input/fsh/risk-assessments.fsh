// Narrowed choice types stand as invariants: validators in the field skip them otherwise.

Invariant: tcds-ai
Description: "What an algorithm asserted is labelled AIAST (HL7 AI Transparency on FHIR)."
Expression: "meta.security.where(system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue' and code = 'AIAST').exists()"
Severity: #error

Invariant: tcds-estimate
Description: "A final result has a probability, a call, a threshold and the opinion of every network, and no reason for withholding."
Expression: "status != 'final' or prediction.all(probability.exists() and qualitativeRisk.exists() and extension.where(url = 'https://thrombectomy-cds.org/fhir/StructureDefinition/decision-threshold').exists() and extension.where(url = 'https://thrombectomy-cds.org/fhir/StructureDefinition/network-opinion').exists() and extension.where(url = 'https://thrombectomy-cds.org/fhir/StructureDefinition/withheld-reason').exists().not())"
Severity: #error

Invariant: tcds-abstention
Description: "A cancelled result has a reason, and nothing that could be read as a low risk."
Expression: "status != 'cancelled' or prediction.all(probability.exists().not() and qualitativeRisk.exists().not() and relativeRisk.exists().not() and extension.where(url = 'https://thrombectomy-cds.org/fhir/StructureDefinition/withheld-reason').exists())"
Severity: #error

Invariant: tcds-when
Description: "The period is given: an absent one would mean the patient's whole life."
Expression: "prediction.all(when.exists() and when.ofType(Period).start.exists() and when.ofType(Period).end.exists())"
Severity: #error

Invariant: tcds-occurrence
Description: "The instant at which the networks answered is given."
Expression: "occurrence.ofType(dateTime).exists()"
Severity: #error

Invariant: tcds-basis
Description: "The first basis is the CT."
Expression: "basis.first().reference.contains('ImagingStudy/')"
Severity: #error

Invariant: tcds-observation
Description: "An estimate of collateral status rests on the Observation that states it."
Expression: "status != 'final' or basis.where(reference.contains('Observation/')).exists()"
Severity: #error

Invariant: tcds-forecast
Description: "A forecast looks ahead from the analysis."
Expression: "prediction.all(when.ofType(Period).start < when.ofType(Period).end)"
Severity: #error

Profile: AssessmentRiskAssessment
Parent: RiskAssessment
Id: assessment-risk-assessment
Title: "Finding of an image model before thrombectomy"
Description: "Common parent: one target of one assessment, an estimate (final) or an abstention (cancelled)."
* ^abstract = true
* obeys tcds-ai and tcds-estimate and tcds-abstention and tcds-when and tcds-occurrence and tcds-basis
* meta 1..1
* meta.security 1..*
* meta.tag 1..*
* extension contains
    EvidenceLevel named evidenceLevel 1..1 and
    ModelDigest named modelDigest 1..1 and
    InputDigest named inputDigest 0..1 and
    StudyRecord named studyRecord 0..1 and
    Supersedes named supersedes 0..*
// The urls are pinned once more: some validators match extension slices by nothing else.
* extension[evidenceLevel].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/evidence-level" (exactly)
* extension[modelDigest].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/model-digest" (exactly)
* extension[inputDigest].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/input-digest" (exactly)
* extension[studyRecord].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/study-record" (exactly)
* extension[supersedes].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/supersedes" (exactly)
* identifier 2..*
* identifier ^slicing.discriminator.type = #value
* identifier ^slicing.discriminator.path = "system"
* identifier ^slicing.rules = #open
* identifier contains
    finding 1..1 and
    assessment 1..1 and
    firstAssessment 0..1
* identifier[finding].system 1..1
* identifier[finding].system = "https://thrombectomy-cds.org/fhir/sid/finding"
* identifier[finding].value 1..1
* identifier[assessment].system 1..1
* identifier[assessment].system = "https://thrombectomy-cds.org/fhir/sid/assessment"
* identifier[assessment].value 1..1
* identifier[firstAssessment] ^short = "Of the study's first assessment, where images came after that"
* identifier[firstAssessment].system 1..1
* identifier[firstAssessment].system = "https://thrombectomy-cds.org/fhir/sid/first-assessment"
* identifier[firstAssessment].value 1..1
* status from ResultStatus (required)
* method 1..1
* method.coding 2..*
* method.text 1..1
* code 1..1
* code from TargetCodes (required)
* subject only Reference(Patient)
* occurrence[x] 1..1
* performer 1..1
* performer only Reference(Device)
* basis 1..*
* prediction 1..1
* prediction.outcome 1..1
* prediction.when[x] 1..1
* prediction.rationale 1..1
* prediction.qualitativeRisk from CallCodes (required)
* prediction.extension contains
    ProbabilityInterval named interval 0..1 and
    NetworkOpinion named opinion 0..* and
    DecisionThreshold named threshold 0..1 and
    DrivingSlice named drivingSlice 0..* and
    WithheldReason named withheldReason 0..1
* prediction.extension[interval].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/probability-interval" (exactly)
* prediction.extension[opinion].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/network-opinion" (exactly)
* prediction.extension[threshold].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/decision-threshold" (exactly)
* prediction.extension[drivingSlice].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/driving-slice" (exactly)
* prediction.extension[withheldReason].url = "https://thrombectomy-cds.org/fhir/StructureDefinition/withheld-reason" (exactly)
* note 1..*

Profile: IchPresentRiskAssessment
Parent: AssessmentRiskAssessment
Id: ich-present-risk-assessment
Title: "Intracranial hemorrhage on the preoperative CT"
Description: "The stop gate. Carries the study record of the whole assessment."
* ^abstract = false
* code = Targets#ich-present
* contained 1..1
* extension[studyRecord] 1..1
* prediction.outcome = http://snomed.info/sct#1386000

Profile: IchAfterEvtRiskAssessment
Parent: AssessmentRiskAssessment
Id: ich-after-evt-risk-assessment
Title: "Intracranial hemorrhage after thrombectomy"
Description: "The forecast: any intracranial hemorrhage within 36 h."
* ^abstract = false
* obeys tcds-forecast
* code = Targets#ich-after-evt
* prediction.outcome = http://snomed.info/sct#1386000

Profile: PoorCollateralsRiskAssessment
Parent: AssessmentRiskAssessment
Id: poor-collaterals-risk-assessment
Title: "Poor collateral circulation"
Description: "Experimental. Rests on the Observation of collateral status."
* ^abstract = false
* obeys tcds-observation
* code = Targets#poor-collaterals
* prediction.outcome = Findings#poor-collaterals
