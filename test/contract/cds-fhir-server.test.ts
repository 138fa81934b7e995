/** Which chart answers a call that names a FHIR server (ADR 0063). */
import { expect } from 'chai';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { FHIR_SERVER, startHarness, type Harness } from './cds-harness.ts';
import { openSharedDatabase } from './shared-database.ts';
import { makeRequest } from './order-requests.ts';

const GATEWAY = 'https://gateway.example.org/fhir';
const fhirAuthorization = {
  access_token: 'transient',
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'user/*.rs',
  subject: 'x',
};
const imagingStudies = { resourceType: 'Bundle', type: 'searchset', entry: [] };

describe('a call that names a FHIR server', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
  });
  beforeEach(async () => {
    harness = await startHarness(database, { fhirServers: [FHIR_SERVER, GATEWAY] });
    harness.answerWith({ kind: 'no-ct', abstention: { kind: 'abstained', reason: 'no-imaging-study', detail: '' } });
  });
  afterEach(() => harness.close());

  const statusOf = async (top: Record<string, unknown>) =>
    (await harness.call(makeRequest({ top: { prefetch: { imagingStudies }, ...top } }))).status;

  it('is answered without a token where it is our own, however it is spelled', async () => {
    expect(await statusOf({ fhirServer: FHIR_SERVER })).to.equal(200);
    expect(await statusOf({ fhirServer: `${FHIR_SERVER}/` })).to.equal(200);
  });

  it('is refused without a token where it is another, agreed on or not: our chart does not answer for it', async () => {
    for (const fhirServer of [GATEWAY, `${FHIR_SERVER}/tenant-b`]) {
      expect(await statusOf({ fhirServer }), fhirServer).to.equal(412);
    }
    expect(harness.questions).to.have.length(0);
  });

  it('is answered from another that is agreed on with the token it brings, and from no tenant below our own', async () => {
    expect(await statusOf({ fhirServer: GATEWAY, fhirAuthorization })).to.equal(200);
    expect(harness.questions[0]?.search.callerAccess?.fhirServer).to.equal(GATEWAY);
    expect(await statusOf({ fhirServer: `${FHIR_SERVER}/tenant-b`, fhirAuthorization })).to.equal(412);
  });
});
