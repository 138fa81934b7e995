// What a site enters afterwards (docs/monitoring.md). The service reads these and never writes them.

ValueSet: HemorrhageBeforeValues
Id: hemorrhage-before-values
Title: "Readings of the CT before thrombectomy"
Description: "Hemorrhage present or absent."
* ^experimental = false
* Outcomes#hemorrhage-present
* Outcomes#hemorrhage-absent

ValueSet: HemorrhageAfterValues
Id: hemorrhage-after-values
Title: "Hemorrhage after thrombectomy"
Description: "None, or with or without symptoms. Grades (HI, PH) have no verified code and are not asked for."
* ^experimental = false
* Outcomes#no-hemorrhage
* Outcomes#hemorrhage-asymptomatic
* Outcomes#hemorrhage-symptomatic
* Outcomes#hemorrhage-symptoms-not-stated

ValueSet: CollateralGradeValues
Id: collateral-grade-values
Title: "Collateral grades"
Description: "Tan scale on CT angiography; 0 and 1 are poor."
* ^experimental = false
* Outcomes#tan-0
* Outcomes#tan-1
* Outcomes#tan-2
* Outcomes#tan-3

Invariant: tcds-outcome-value
Description: "The outcome is a code of our own system."
Expression: "value.ofType(CodeableConcept).coding.where(system = 'https://thrombectomy-cds.org/fhir/CodeSystem/outcomes').count() = 1"
Severity: #error

Invariant: tcds-outcome-time
Description: "The time of the imaging is given."
Expression: "effective.ofType(dateTime).exists()"
Severity: #error

Invariant: tcds-read-ct
Description: "The CT that was read is named."
Expression: "derivedFrom.where(reference.contains('ImagingStudy/')).count() = 1"
Severity: #error

Invariant: tcds-thrombectomy-end
Description: "The end of the thrombectomy is given as a dateTime."
Expression: "component.where(code.coding.where(system = 'https://thrombectomy-cds.org/fhir/CodeSystem/outcomes' and code = 'thrombectomy-end').exists() and value.ofType(dateTime).exists()).count() = 1"
Severity: #error

Profile: HemorrhageBeforeThrombectomy
Parent: Observation
Id: hemorrhage-before-thrombectomy
Title: "Hemorrhage on the CT before thrombectomy, as read"
Description: "Held against the target ich-present. derivedFrom names the very CT."
* obeys tcds-outcome-value and tcds-outcome-time and tcds-read-ct
* code = Outcomes#hemorrhage-before-thrombectomy
* subject 1..1
* effective[x] 1..1
* value[x] 1..1
* value[x] from HemorrhageBeforeValues (required)
* derivedFrom 1..*

Profile: HemorrhageAfterThrombectomy
Parent: Observation
Id: hemorrhage-after-thrombectomy
Title: "Hemorrhage after thrombectomy"
Description: "Held against the target ich-after-evt. effective is the time of the follow-up imaging."
* obeys tcds-outcome-value and tcds-outcome-time and tcds-thrombectomy-end
* code = Outcomes#hemorrhage-after-thrombectomy
* subject 1..1
* effective[x] 1..1
* value[x] 1..1
* value[x] from HemorrhageAfterValues (required)
* component 1..*

Profile: CollateralGrade
Parent: Observation
Id: collateral-grade
Title: "Collateral grade on CT angiography"
Description: "Held against the target poor-collaterals. effective is the time of the CT angiography."
* obeys tcds-outcome-value and tcds-outcome-time
* code = Outcomes#collateral-grade
* subject 1..1
* effective[x] 1..1
* value[x] 1..1
* value[x] from CollateralGradeValues (required)
