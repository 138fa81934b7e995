// Percentages are 0-100 everywhere, as RiskAssessment.probabilityDecimal asks (FHIR R4, invariant ras-2).

Invariant: percent
Description: "A percentage lies between 0 and 100."
Expression: "$this >= 0 and $this <= 100"
Severity: #error

Invariant: sha256
Description: "SHA-256 in 64 lower-case hexadecimal digits."
Expression: "matches('^[0-9a-f]{64}$')"
Severity: #error

Extension: EvidenceLevel
Id: evidence-level
Title: "Evidence level"
Description: "How much the weights behind this finding are worth."
Context: RiskAssessment, Observation
* value[x] 1..1
* value[x] only code
* valueCode from EvidenceLevelCodes (required)

Extension: ModelDigest
Id: model-digest
Title: "Model digest"
Description: "SHA-256 over the combination rule and the digests of all networks and contracts: exactly which model spoke."
Context: RiskAssessment
* value[x] 1..1
* value[x] only string
* valueString obeys sha256

Extension: InputDigest
Id: input-digest
Title: "Input digest"
Description: "SHA-256 over geometry and pixels of the volume that the networks saw: an auditor can recompute it from the CT."
Context: RiskAssessment
* value[x] 1..1
* value[x] only string
* valueString obeys sha256

Extension: StudyRecord
Id: study-record
Title: "Study record"
Description: "How the study was read: series, quality gate, networks and times, as JSON in a contained DocumentReference."
Context: RiskAssessment
* value[x] 1..1
* value[x] only Reference(DocumentReference)

Extension: Supersedes
Id: supersedes
Title: "Supersedes"
Description: "The same finding on the same study by an earlier model version, or from before further images of the study arrived. It stays in the chart; the newest counts."
Context: RiskAssessment
* value[x] 1..1
* value[x] only Reference(RiskAssessment)

// Parts of a complex extension stand as invariants, not as slices: @medplum/core 5.2.13 counts the slices of all
// repetitions together ("expected 1..1, but found 2"). To be sliced once that is mended.

Invariant: tcds-interval
Description: "A range in percent (UCUM %, ras-1) and its coverage."
Expression: "extension.where(url = 'range').value.ofType(Range).where(low.code = '%' and high.code = '%' and low.value >= 0 and high.value <= 100 and low.value <= high.value).count() = 1 and extension.where(url = 'coverage').value.ofType(decimal).where($this >= 0 and $this <= 100).count() = 1"
Severity: #error

Invariant: tcds-opinion
Description: "A network and its probability in percent."
Expression: "extension.where(url = 'network').value.ofType(string).count() = 1 and extension.where(url = 'probability').value.ofType(decimal).where($this >= 0 and $this <= 100).count() = 1"
Severity: #error

Extension: ProbabilityInterval
Id: probability-interval
Title: "Probability interval"
Description: "Central interval of the calibration's spread: `range` (Range, percent) and `coverage` (decimal, percent)."
Context: RiskAssessment.prediction
* . obeys tcds-interval
* extension 2..2
* value[x] 0..0

Extension: NetworkOpinion
Id: network-opinion
Title: "Opinion of one network"
Description: "`network` (string) and its calibrated `probability` (decimal, percent): how far the networks agree."
Context: RiskAssessment.prediction
* . obeys tcds-opinion
* extension 2..2
* value[x] 0..0

Extension: DecisionThreshold
Id: decision-threshold
Title: "Decision threshold"
Description: "The probability, in percent, at and above which the call is positive."
Context: RiskAssessment.prediction
* value[x] 1..1
* value[x] only decimal
* valueDecimal obeys percent

Extension: DrivingSlice
Id: driving-slice
Title: "Driving slice"
Description: "A slice that drove the estimate, 0 = lowest. Repeated, strongest first."
Context: RiskAssessment.prediction
* value[x] 1..1
* value[x] only unsignedInt

Extension: WithheldReason
Id: withheld-reason
Title: "Reason why no estimate was made"
Description: "The reason as a code and one plain sentence with what was found."
Context: RiskAssessment.prediction
* value[x] 1..1
* value[x] only CodeableConcept
* valueCodeableConcept from AbstentionReasonCodes (required)
* valueCodeableConcept.coding 1..1
* valueCodeableConcept.text 1..1
