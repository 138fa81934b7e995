Alias: $SCT = http://snomed.info/sct
Alias: $LNC = http://loinc.org
Alias: $CPT = http://www.ama-assn.org/go/cpt
Alias: $PCS = http://www.cms.gov/Medicare/Coding/ICD10
Alias: $DCM = http://dicom.nema.org/resources/ontology/DCM
Alias: $ObservationValue = http://terminology.hl7.org/CodeSystem/v3-ObservationValue
Alias: $AIDeviceType = http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS
Alias: $AIInputs = http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIinputsCS
