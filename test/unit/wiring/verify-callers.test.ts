import { expect } from 'chai';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { isFault } from '../../../src/errors.ts';
import { readCallers } from '../../../src/wiring/verify-callers.ts';

const OWN = 'https://fhir.example.org/r4';
const CONFIG = parseConfig({
  FHIR_BASE_URL: OWN,
  PACS_BASE_URL: 'https://pacs.example.org/dicom-web',
  CDS_TRUSTED_ISSUERS_FILE: '/issuers.json',
});

function start(fhirServers: string[], more: { samePatientIds?: boolean } = {}): string | readonly string[] {
  const issuer = { issuer: 'https://ehr.example.org', jwksUrl: 'https://ehr.example.org/jwks.json', fhirServers };
  try {
    return readCallers(CONFIG, [{ ...issuer, ...more }]).fhirServers;
  } catch (error) {
    if (!isFault(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe('readCallers: the FHIR servers that callers may name (ADR 0063)', () => {
  it('takes FHIR_BASE_URL, however it is spelled, and none', () => {
    for (const one of [OWN, `${OWN}/`, 'https://FHIR.example.org:443/r4']) expect(start([one])).to.deep.equal([one]);
    expect(start([])).to.deep.equal([]);
  });

  it('does not start with another server, whose patient 123 is somebody else', () => {
    const others = ['https://b.example.org/fhir', 'https://fhir.example.org', `${OWN}/tenant-b`, `${OWN}x`];
    for (const one of others) {
      expect(start([OWN, one]), one).to.match(/^config-invalid: .*FHIR_BASE_URL.*"samePatientIds": true/);
      expect(start([one], { samePatientIds: false }), one).to.match(/^config-invalid/);
    }
  });

  it('takes another server where the site says that its ids are the same', () => {
    expect(start(['https://b.example.org/fhir'], { samePatientIds: true })).to.have.length(1);
  });
});
