// The code lists the service decides by. Each code stands with where it was checked; docs/codes.md has the table.
// Sites add local codes in their own file and never edit this one.

ValueSet: ThrombectomyOrders
Id: thrombectomy-orders
Title: "Orders for mechanical thrombectomy of a brain-supplying artery"
Description: "An order with one of these codes is answered. The intracranial codes are always meant; neck arteries (ICD-10-PCS 03CK, 03CL, 03CP, 03CQ) and the broad SNOMED CT 397046001 are a site's choice and are not in this list."
* ^experimental = false
// CPT 61645: AMA CPT descriptor, in force since 2016 (https://www.aapc.com/codes/cpt-codes/61645). Not 61650/61651 (prolonged infusion, not thrombectomy).
* $CPT#61645 "Percutaneous arterial transluminal mechanical thrombectomy and/or infusion for thrombolysis, intracranial"
// ICD-10-PCS 03CG3Z7, 03CG3ZZ: CMS ICD-10-PCS tables, 03C Extirpation, body part G Intracranial Artery, approach 3 Percutaneous (https://icdlist.com/icd-10-pcs/03CG3Z7, https://www.cms.gov/medicare/coding-billing/icd-10-codes).
* $PCS#03CG3Z7 "Extirpation of Matter from Intracranial Artery using Stent Retriever, Percutaneous Approach"
* $PCS#03CG3ZZ "Extirpation of Matter from Intracranial Artery, Percutaneous Approach"
// SNOMED CT 439541007: used for this procedure by the Taiwan stroke implementation guide. Medium confidence: hierarchy not checked offline.
* $SCT#439541007 "Percutaneous thrombectomy of cerebral artery using fluoroscopic guidance with contrast"

ValueSet: HeadCt
Id: head-ct
Title: "Procedure codes of a head CT that is or may be plain"
Description: "An ImagingStudy with one of these procedure codes is a head CT whose series are looked at. 'CT head' without a word on contrast is included: the series decide."
* ^experimental = false
// LOINC 30799-1, 24725-4: LOINC (https://loinc.org/30799-1, https://loinc.org/24725-4).
* $LNC#30799-1 "CT Head WO contrast"
* $LNC#24725-4 "CT Head"
// CPT 70450: "Computed tomography, head or brain; without contrast material" (https://www.aapc.com/codes/cpt-codes/70450).
* $CPT#70450 "Computed tomography, head or brain; without contrast material"
// SNOMED CT 303653007: FHIR R4 ImagingStudy examples; 383371000119108: SNOMED CT US edition; 396205005: medium confidence.
* $SCT#303653007 "Computed tomography of head"
* $SCT#383371000119108 "Computed tomography of head without contrast"
* $SCT#396205005 "Computed tomography of brain without radiopaque contrast"

ValueSet: ContrastHeadCt
Id: contrast-head-ct
Title: "Procedure codes of a head CT that is certainly not plain"
Description: "Contrast, angiography and perfusion of the head: alone, such a study cannot answer the order."
* ^experimental = false
// LOINC 24727-0 is WITH contrast (https://loinc.org/24727-0); a public guide labels it "WO": a known trap.
* $LNC#24727-0 "CT Head W contrast IV"
* $LNC#24726-2 "CT Head WO and W contrast IV"
* $LNC#36830-8 "CTA Head vessels W contrast IV"
* $LNC#36814-2 "CTA Head arteries W contrast IV"
* $LNC#37498-3 "CTA Head arteries and Neck arteries W contrast IV"
* $LNC#30593-8 "CTA Head vessels WO and W contrast IV"
* $LNC#24728-8 "CT perfusion Head W contrast IV"
* $LNC#24729-6 "CT perfusion Head WO and W contrast IV"
// CPT 70460/70470 (with; without and with contrast), 70496/70498 (CTA head; neck): AMA CPT (https://www.aapc.com/codes/cpt-codes-range/70010-76499/).
* $CPT#70460 "Computed tomography, head or brain; with contrast material"
* $CPT#70470 "Computed tomography, head or brain; without and with contrast material"
* $CPT#70496 "Computed tomographic angiography, head"
* $CPT#70498 "Computed tomographic angiography, neck"
* $SCT#711232001 "Computed tomography of head with contrast"
// SNOMED CT: names checked in public value sets of radiology procedures and of the RES-Q+ stroke guide (docs/codes.md).
* $SCT#582101000119108 "Computed tomography angiography of head with contrast"
* $SCT#702430003 "Computed tomography angiography of head and neck with contrast"
* $SCT#419949007 "Computed tomography angiography of intracranial artery with contrast"
* $SCT#433111008 "Computed tomography of brain perfusion"

ValueSet: HeadBodySites
Id: head-body-sites
Title: "Body sites that mean the head"
Description: "ImagingStudy.series.bodySite. DICOM PS3.16 CID 4031 (Head, Brain, Skull) in SNOMED CT, and the retired SRT codes that PACS still send."
* ^experimental = false
// DICOM PS3.16 CID 4031 and Annex L: Head 69536005 (SRT T-D1100), Brain 12738006 (SRT T-A0100), Skull 89546000 (SRT T-11100).
* $SCT#69536005 "Head structure"
* $SCT#12738006 "Brain structure"
* $SCT#89546000 "Bone structure of cranium"
* http://snomed.info/srt#T-D1100 "Head"
* http://snomed.info/srt#T-A0100 "Brain"
* http://snomed.info/srt#T-11100 "Skull"
