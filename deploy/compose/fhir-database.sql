-- The FHIR server's own database beside the service's: backed up separately, see docs/deployment.md.
CREATE DATABASE fhir OWNER cds;
