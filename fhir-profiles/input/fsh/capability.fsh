// What the service asks of a FHIR server. Everything marked SHOULD has a fallback that is tested.

Instance: required-server
InstanceOf: CapabilityStatement
Title: "What the service asks of a FHIR server"
Usage: #definition
* url = "https://thrombectomy-cds.org/fhir/CapabilityStatement/required-server"
* name = "RequiredServer"
* title = "What the service asks of a FHIR server"
* status = #active
* experimental = false
* date = "2026-11-23"
* kind = #requirements
* fhirVersion = #4.0.1
* format = #json
* rest.mode = #server
* rest.documentation = "Transactions and conditional create SHOULD be supported. Without transactions, resources are written one by one and the RiskAssessment that carries the study record is made final last; without conditional create, each is searched for first."
* rest.security.service = http://terminology.hl7.org/CodeSystem/restful-security-service#SMART-on-FHIR
* rest.interaction.code = #transaction
* rest.resource[0].type = #ImagingStudy
* rest.resource[=].interaction[0].code = #read
* rest.resource[=].interaction[1].code = #search-type
* rest.resource[=].searchInclude = "ImagingStudy:endpoint"
* rest.resource[=].searchParam[0].name = "patient"
* rest.resource[=].searchParam[=].type = #reference
* rest.resource[=].searchParam[+].name = "started"
* rest.resource[=].searchParam[=].type = #date
* rest.resource[+].type = #Endpoint
* rest.resource[=].interaction.code = #read
* rest.resource[+].type = #RiskAssessment
* rest.resource[=].supportedProfile[0] = Canonical(IchPresentRiskAssessment)
* rest.resource[=].supportedProfile[+] = Canonical(IchAfterEvtRiskAssessment)
* rest.resource[=].supportedProfile[+] = Canonical(PoorCollateralsRiskAssessment)
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].interaction[1].code = #search-type
* rest.resource[=].interaction[2].code = #update
* rest.resource[=].conditionalCreate = true
* rest.resource[=].searchParam[0].name = "identifier"
* rest.resource[=].searchParam[=].type = #token
* rest.resource[=].searchParam[+].name = "subject"
* rest.resource[=].searchParam[=].type = #reference
* rest.resource[=].searchParam[+].name = "method"
* rest.resource[=].searchParam[=].type = #token
* rest.resource[+].type = #Device
* rest.resource[=].supportedProfile[0] = Canonical(ServiceDevice)
* rest.resource[=].supportedProfile[+] = Canonical(NetworkDevice)
* rest.resource[=].supportedProfile[+] = Canonical(EnsembleDevice)
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].interaction[1].code = #search-type
* rest.resource[=].conditionalCreate = true
* rest.resource[=].searchParam.name = "identifier"
* rest.resource[=].searchParam.type = #token
* rest.resource[+].type = #DocumentReference
* rest.resource[=].supportedProfile = Canonical(ModelCard)
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].interaction[1].code = #search-type
* rest.resource[=].conditionalCreate = true
* rest.resource[+].type = #Observation
* rest.resource[=].supportedProfile = Canonical(CollateralStatusObservation)
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].conditionalCreate = true
* rest.resource[+].type = #Provenance
* rest.resource[=].supportedProfile = Canonical(AssessmentProvenance)
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].conditionalCreate = true
* rest.resource[=].searchParam.name = "_tag"
* rest.resource[=].searchParam.type = #token
* rest.resource[+].type = #AuditEvent
* rest.resource[=].supportedProfile[0] = Canonical(AnalysisAuditEvent)
* rest.resource[=].supportedProfile[+] = Canonical(InteractionAuditEvent)
* rest.resource[=].interaction[0].code = #create
* rest.resource[=].conditionalCreate = true
* rest.resource[=].searchParam.name = "_tag"
* rest.resource[=].searchParam.type = #token
