// Codes of our own, where no public terminology has one (docs/codes.md says what was looked for).

RuleSet: OwnCodeSystem
* ^experimental = false
* ^caseSensitive = true
* ^content = #complete
* ^status = #active

CodeSystem: Targets
Id: targets
Title: "Questions this service answers"
Description: "The three targets. They are never mixed: different data can train them, and different things follow from them."
* insert OwnCodeSystem
* #ich-present "Intracranial hemorrhage visible on this CT" "Hemorrhage is visible on the preoperative CT: a stop gate."
* #ich-after-evt "Intracranial hemorrhage after thrombectomy" "Any intracranial hemorrhage within 24-36 h after thrombectomy: a forecast."
* #poor-collaterals "Poor collateral circulation" "Tan 0-1 or filling of at most 50 % on CTA, estimated from the non-contrast CT: experimental."

CodeSystem: Methods
Id: methods
Title: "Methods of assessment"
Description: "How a RiskAssessment of this service came about."
* insert OwnCodeSystem
* #network-ensemble "Ensemble of convolutional networks" "Several networks read the CT; their calibrated probabilities are combined by the ensemble's rule. The second coding names the ensemble by its digest."

CodeSystem: Calls
Id: calls
Title: "Which side of the decision threshold"
Description: "The call that a probability leads to. Deliberately not 'high' and 'low': below a threshold is not a low risk."
* insert OwnCodeSystem
* #at-or-above-threshold "At or above the decision threshold"
* #below-threshold "Below the decision threshold"

CodeSystem: Findings
Id: findings
Title: "Collateral circulation on CT"
Description: "SNOMED CT, LOINC and RadElement hold no verified code for collateral status; these stand in."
* insert OwnCodeSystem
* #collateral-status "Collateral circulation status"
* #poor-collaterals "Poor collateral circulation"
* #collaterals-not-called-poor "Collateral circulation not called poor"
* #poor-collaterals-probability "Probability of poor collateral circulation"

CodeSystem: EvidenceLevels
Id: evidence-levels
Title: "How much the weights behind a number are worth"
Description: "In ascending order. A site sets the lowest level whose numbers it wants to see; what is below is withheld with its reason."
* insert OwnCodeSystem
* #untrained "Untrained" "The weights were never trained for the target."
* #in-silico "In silico" "Trained and tested on made-up images only."
* #research "Research" "Trained and tested on real images, not validated elsewhere."
* #externally-validated "Externally validated" "Tested on real patients of another site."
* #site-validated "Site validated" "Tested on this site's own patients."

CodeSystem: AbstentionReasons
Id: abstention-reasons
Title: "Why no estimate was made"
Description: "Every code of src/assessment/domain/abstention.ts. An abstention is an answer; it is never a low risk."
* insert OwnCodeSystem
* #no-imaging-study "No imaging study" "The chart holds no imaging study of the patient."
* #no-preoperative-ct "No preoperative CT" "The chart holds no usable head CT before the order."
* #ct-too-old "CT too old" "The latest head CT is older than the site allows."
* #no-suitable-series "No suitable series" "No series of the study fits the selection rules."
* #not-head "Not the head" "The study or the chosen series shows another body part."
* #localizer-only "Localizer only" "The study holds scout images only."
* #secondary-capture-only "Secondary capture only" "The study holds screen captures or reports only."
* #contrast-enhanced "Contrast-enhanced" "Only series with contrast are available."
* #bone-kernel-only "Bone kernel only" "Only series with a sharp kernel are available."
* #partial-brain "Part of the brain missing" "The stack does not cover the brain."
* #too-few-slices "Too few slices" "The series has fewer slices than needed."
* #slice-gap "Gap between slices" "A slice is missing inside the stack."
* #slice-geometry-inconsistent "Slice geometry inconsistent" "Positions, spacing or orientation contradict each other."
* #orientation-not-axial "Not axial" "The slices are not axial."
* #kvp-out-of-range "Tube voltage out of range" "The tube voltage is outside of what the networks were made for."
* #metal-artifact "Metal artifact" "Metal disturbs the image."
* #motion-artifact "Motion artifact" "Motion disturbs the image."
* #hounsfield-implausible "Hounsfield units implausible" "Air, water or bone are not where they must be."
* #patient-mismatch "Another patient's images" "The images name another patient or study than the chart."
* #transfer-syntax-unsupported "Transfer syntax not supported" "The pixels are encoded in a way that is not read."
* #pixels-corrupt "Pixels corrupt" "Pixel data is truncated or damaged."
* #study-incomplete "Study incomplete" "Fewer images have arrived than the chart announces."
* #study-too-large "Study too large" "The study exceeds the limits on size."
* #networks-disagree "Networks disagree" "The networks' probabilities lie further apart than allowed."
* #probability-indeterminate "Probability indeterminate" "The probability lies inside the band in which no call is made."
* #evidence-too-low "Evidence too low" "The weights are worth less than the site demands; the number is withheld."
* #hemorrhage-present "Hemorrhage suspected on the CT" "A forecast assumes a CT without hemorrhage; the number is withheld."
* #withdrawn "Withdrawn" "The result was withdrawn in the chart (entered in error); its number is not shown again."

CodeSystem: OverrideReason
Id: override-reason
Title: "Why a clinician did not follow a card"
Description: "Override reasons offered on the cards (CDS Hooks 2.0, overrideReasons). The same codes stand in cds-hooks/thrombectomy-risk/override-reasons.json."
* insert OwnCodeSystem
* #ct-read-by-clinician "I have read the CT myself"
* #benefit-outweighs-risk "Benefit outweighs the risk"
* #finding-not-plausible "Finding is not plausible"
* #wrong-ct "This is not the CT that counts"
* #order-not-thrombectomy "The order is not a thrombectomy"
* #already-known "Already known"

CodeSystem: AuditEvents
Id: audit-events
Title: "What is audited beside an analysis"
Description: "Subtypes of AuditEvent for which IHE BALP and HL7 have no code."
* insert OwnCodeSystem
* #order-answered "Order answered" "A CDS Hooks call about a thrombectomy order was answered."
* #evidence-viewed "Evidence viewed" "Somebody opened the evidence page of an assessment."
* #monitoring-viewed "Monitoring viewed" "Somebody opened the site's monitoring page; the entity's query says for which days."
* #caller-refused "Caller refused" "A call was refused because the caller could not be verified."
* #feedback-received "Feedback received" "The EHR reported what a clinician did with a card."
* #results-exported "Results exported" "Report and pictures of an assessment were stored in the image archive, or refused there for good."
* #card-accepted "Card accepted" "Beside feedback-received: a suggestion was taken."
* #card-overridden "Card overridden" "Beside feedback-received: the card was not followed; the override reason stands beside it."

CodeSystem: Cards
Id: cards
Title: "Kinds of card"
Description: "Every card of cds-hooks/thrombectomy-risk/decision.ts. A subtype of the AuditEvent of an answered order; in shadow mode: the card that would have been shown."
* insert OwnCodeSystem
* #stop-gate "Hemorrhage suspected on the CT"
* #raised-hemorrhage "Hemorrhage after thrombectomy above the threshold"
* #raised-collaterals "Poor collaterals above the threshold"
* #raised-both "Both above the threshold"
* #raised-hemorrhage-unchecked "Hemorrhage after thrombectomy above the threshold, CT not checked for hemorrhage"
* #raised-collaterals-unchecked "Poor collaterals above the threshold, CT not checked for hemorrhage"
* #raised-both-unchecked "Both above the threshold, CT not checked for hemorrhage"
* #forecast "Forecast below the threshold"
* #forecast-unchecked "Forecast below the threshold, CT not checked for hemorrhage"
* #no-hemorrhage-flagged "Hemorrhage not flagged, no forecast"
* #partial "Collaterals only"
* #withheld "Numbers withheld for want of evidence"
* #abstained "The CT could not be used"
* #no-statement "No number, for several reasons"
* #running "The analysis was running"
* #waiting "The analysis had to wait"
* #delayed "The analysis met a fault and is repeated"
* #failed "The analysis failed"
* #overloaded "Too many analyses ahead"
* #no-ct "No CT to assess"

CodeSystem: Outcomes
Id: outcomes
Title: "What came of it"
Description: "What a site records about a patient afterwards, so that what was predicted can be held against it. No public code for any of these could be verified (docs/codes.md)."
* insert OwnCodeSystem
* #hemorrhage-before-thrombectomy "Intracranial hemorrhage on the CT before thrombectomy, as read" "The radiologist's reading of the very CT that was assessed."
* #hemorrhage-present "Hemorrhage present"
* #hemorrhage-absent "Hemorrhage absent"
* #hemorrhage-after-thrombectomy "Intracranial hemorrhage on imaging after thrombectomy" "Any intracranial hemorrhage on the follow-up CT or MR."
* #no-hemorrhage "No hemorrhage"
* #hemorrhage-asymptomatic "Hemorrhage, asymptomatic" "By the site's own definition, which belongs in Observation.method."
* #hemorrhage-symptomatic "Hemorrhage, symptomatic" "By the site's own definition, which belongs in Observation.method."
* #hemorrhage-symptoms-not-stated "Hemorrhage, symptoms not stated"
* #thrombectomy-end "End of the thrombectomy" "From here the 24-36 h are counted."
* #collateral-grade "Collateral grade on CT angiography" "Tan scale."
* #tan-0 "Tan 0: no collateral filling"
* #tan-1 "Tan 1: filling of at most 50 %"
* #tan-2 "Tan 2: filling of more than 50 %, but less than 100 %"
* #tan-3 "Tan 3: filling of 100 %"

RuleSet: AllOf(system)
* ^experimental = false
* include codes from system {system}

ValueSet: TargetCodes
Id: targets
Title: "All targets"
Description: "All codes of the code system."
* insert AllOf(Targets)

ValueSet: CallCodes
Id: calls
Title: "All calls"
Description: "All codes of the code system."
* insert AllOf(Calls)

ValueSet: EvidenceLevelCodes
Id: evidence-levels
Title: "All evidence levels"
Description: "All codes of the code system."
* insert AllOf(EvidenceLevels)

ValueSet: AbstentionReasonCodes
Id: abstention-reasons
Title: "All abstention reasons"
Description: "All codes of the code system."
* insert AllOf(AbstentionReasons)

ValueSet: OverrideReasonCodes
Id: override-reason
Title: "All override reasons"
Description: "All codes of the code system."
* insert AllOf(OverrideReason)

ValueSet: AuditEventCodes
Id: audit-events
Title: "All audit event subtypes"
Description: "All codes of the code system."
* insert AllOf(AuditEvents)

ValueSet: ResultStatus
Id: result-status
Title: "States of a result"
Description: "final: an estimate. cancelled: an abstention. registered: being written. entered-in-error: withdrawn."
* ^experimental = false
* http://hl7.org/fhir/observation-status#registered
* http://hl7.org/fhir/observation-status#final
* http://hl7.org/fhir/observation-status#cancelled
* http://hl7.org/fhir/observation-status#entered-in-error

CodeSystem: CardTopics
Id: card-topics
Title: "Topics of cards"
Description: "What a card is about (CDS Hooks 2.0, source.topic). Alphanumeric, because an EHR may key lockouts and feedback on them."
* insert OwnCodeSystem
* #HemorrhageOnCt "Hemorrhage on the CT before thrombectomy"
* #ThrombectomyRisk "Risk of thrombectomy read from the CT"
