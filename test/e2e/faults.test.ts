import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { PacsFault } from '../../src/sandbox/pacs/fault-switch.ts';
import { findPatient, openHospital, type Hospital } from '../support/hospital.ts';

const BUDGET_MS = 400;
/** What loopback, the EHR's own reads and a busy machine may add to the budget in a test. */
const SLACK_MS = 3_000;

const PACS_FAULTS: readonly { name: string; fault: PacsFault }[] = [
  { name: 'answers 404', fault: { kind: 'status', status: 404 } },
  { name: 'answers 500', fault: { kind: 'status', status: 500 } },
  { name: 'answers garbage', fault: { kind: 'garbage' } },
  { name: 'says nothing', fault: { kind: 'hang' } },
  { name: 'ends in the middle of a slice', fault: { kind: 'truncated' } },
  { name: 'drops the connection', fault: { kind: 'cut' } },
];

describe('orders while the PACS is broken', function () {
  this.timeout(180_000);
  let hospital: Hospital;
  const patients = PACS_FAULTS.map((_, index) => ({
    ...findPatient('demo-2'),
    id: `broken-${String(index)}`,
    seed: 900 + index,
  }));

  before(async () => {
    hospital = await openHospital({ patients, settings: { ORDER_BUDGET_MS: String(BUDGET_MS) } });
  });
  after(() => hospital.close());

  PACS_FAULTS.forEach(({ name, fault }, index) => {
    it(`a PACS that ${name}: an honest card within the budget`, async () => {
      hospital.sandbox.pacs.setFault(fault);
      const answer = await hospital.sign(`broken-${String(index)}`);
      expect(answer.status).to.equal(200);
      expect(answer.cards.map((card) => card.indicator)).to.deep.equal(['info']);
      expect(answer.cards[0]!.summary).to.match(/no result yet/);
      expect(answer.durationMs).to.be.below(BUDGET_MS + SLACK_MS);
    });
  });

  it('loses none of them: once the PACS is well, every result lands in the chart, once', async () => {
    hospital.sandbox.pacs.setFault(undefined);
    for (const { id } of patients) {
      await hospital.waitFor(`RiskAssessment?subject=Patient/${id}`, 3, 150_000);
      expect(await hospital.find(`RiskAssessment?subject=Patient/${id}`)).to.have.length(3);
    }
  });
});

/** A thrombectomy order as an EHR would send it, without prefetch. */
function makeRequest(change: Record<string, unknown> = {}): unknown {
  const order = {
    resourceType: 'ServiceRequest',
    id: 'draft-1',
    status: 'draft',
    intent: 'order',
    subject: { reference: 'Patient/demo-5' },
    code: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '61645' }] },
  };
  return {
    hook: 'order-sign',
    hookInstance: randomUUID(),
    context: {
      userId: 'Practitioner/p1',
      patientId: 'demo-5',
      draftOrders: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: order }] },
      ...change,
    },
  };
}

describe('orders that cannot be answered', function () {
  this.timeout(60_000);
  let hospital: Hospital;
  before(async () => {
    hospital = await openHospital({ patients: ['demo-5'], settings: { CDS_AUTH: 'insecure-loopback' } });
  });
  after(() => hospital.close());

  const post = async (body: unknown): Promise<{ status: number; body: { code?: string; message?: string } }> => {
    const response = await fetch(`${hospital.service.url}/cds-services/thrombectomy-risk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { code?: string; message?: string } };
  };

  it('an order without a patient is refused with a sentence that names the field', async () => {
    const { status, body } = await post(makeRequest({ patientId: undefined }));
    expect([status, body.code]).to.deep.equal([400, 'request-malformed']);
    expect(body.message).to.contain('patientId');
  });

  it('a chart that is down: 412 for what could not be read, and readiness says what is missing', async () => {
    await hospital.sandbox.fhir.close();
    const { status, body } = await post(makeRequest());
    expect([status, body.code]).to.deep.equal([412, 'prefetch-unavailable']);
    const ready = await fetch(`${hospital.service.url}/readyz`);
    const { checks } = (await ready.json()) as { checks: Record<string, string> };
    expect([ready.status, checks]).to.deep.equal([503, { models: 'up', queue: 'up', fhir: 'down' }]);
  });
});
