import { expect } from 'chai';
import type { RiskAssessment } from '@medplum/fhirtypes';
import { createNoTokens } from '../../../src/fhir/access/access-tokens.ts';
import { createFhirConnection } from '../../../src/fhir/access/fhir-connection.ts';
import { findLatestAssessmentKey } from '../../../src/fhir/assessment/find-latest-key.ts';
import { startFhirServer, type TestFhirServer } from '../../support/fhir-server.ts';
import { CHART, PATIENT_ID, makeAssessment, makeChart, makeRevision, signal } from '../../support/fhir-samples.ts';

/** An EHR's own score of every hour since. */
function makeForeign(hour: number): RiskAssessment {
  return {
    resourceType: 'RiskAssessment',
    status: 'final',
    subject: { reference: `Patient/${PATIENT_ID}` },
    method: { text: 'Deterioration index' },
    occurrenceDateTime: new Date(Date.parse('2026-11-24T00:00:00Z') + hour * 3_600_000).toISOString(),
  };
}

describe("the patient's latest assessment", () => {
  let server: TestFhirServer;
  const find = () =>
    findLatestAssessmentKey(
      createFhirConnection({ baseUrl: server.url, tokens: createNoTokens(), identity: 'service' }),
      PATIENT_ID,
      { signal: signal() },
    );
  before(async () => {
    server = await startFhirServer({ resources: CHART });
  });
  after(() => server.close());

  it('is none in a chart without any of ours', async () => {
    await server.repository.createResource(makeForeign(0));
    expect(await find()).to.equal(undefined);
  });

  it('is found behind any number of newer scores of others', async () => {
    for (const one of [makeAssessment(), makeRevision(1)]) {
      await makeChart(server.url).recordAssessment(one, { signal: signal() });
    }
    for (let hour = 1; hour <= 55; hour += 1) await server.repository.createResource(makeForeign(hour));
    expect(await find()).to.equal(makeRevision(1).key);
  });
});
