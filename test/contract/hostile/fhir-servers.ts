/** FHIR servers nobody agreed on: refused before anything is looked up, so that nobody chooses whom we talk to. */
import { FHIR_SERVER } from '../cds-harness.ts';
import { makeRequest } from '../order-requests.ts';
import { PHI, type HostileCase } from './hostile-case.ts';

const fhirAuthorization = {
  access_token: PHI,
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'user/ImagingStudy.rs',
  subject: 'cds-service',
};
const named = (address: string, status: 412 | 400): HostileCase => ({
  name: `fhirServer: ${address}`,
  status,
  code: status === 412 ? 'fhir-not-allowed' : 'request-malformed',
  send: (kit) => kit.post(JSON.stringify(makeRequest({ top: { fhirServer: address, fhirAuthorization } }))),
});

export const HOSTILE_FHIR_SERVERS: readonly HostileCase[] = [
  ...[
    'https://evil.example/fhir/r4',
    'http://127.0.0.1/fhir/r4',
    'http://localhost:5432',
    'http://[::1]/fhir',
    'http://[::ffff:127.0.0.1]/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0/',
    'http://169.254.169.254/latest/meta-data/iam',
    'http://metadata.google.internal/computeMetadata/v1',
    'http://10.0.0.1/admin',
    'http://ehr.example.org/fhir/r4',
    'https://ehr.example.org:8443/fhir/r4',
    'https://ehr.example.org/fhir/r40',
    'https://ehr.example.org/fhir/r4/../../admin',
    'https://ehr.example.org/fhir/r4/%2e%2e/%2e%2e/admin',
    'https://ehr.example.org.evil.example/fhir/r4',
    'https://evil.example/https://ehr.example.org/fhir/r4',
    'https://ehr.example.org./fhir/r4',
    'https://еhr.example.org/fhir/r4',
    'https://ehr.example.org/fhir/r4/tenant-b',
    `${FHIR_SERVER}?redirect=https://evil.example`,
    `${FHIR_SERVER}#@evil.example`,
    'https://ehr.example.org\\@evil.example/fhir/r4',
  ].map((address) => named(address, 412)),
  ...[
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'ftp://ehr.example.org/fhir',
    'javascript:alert(1)',
    'https://ehr.example.org@evil.example/fhir/r4',
    'https://user:secret@ehr.example.org/fhir/r4',
    '//ehr.example.org/fhir/r4',
    '/fhir/r4',
    'https://',
    '',
  ].map((address) => named(address, 400)),
];
