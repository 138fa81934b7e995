import { expect } from 'chai';
import { openHospital, type Hospital } from '../support/hospital.ts';

describe('the whole walk, from order to chart', function () {
  this.timeout(120_000);
  let hospital: Hospital;

  before(async () => {
    hospital = await openHospital({
      patients: ['demo-2', 'demo-4', 'demo-5'],
      settings: { ORDER_BUDGET_MS: '10000' },
    });
  });
  after(() => hospital.close());

  it('is ready: networks, queue and FHIR are up', async () => {
    const response = await fetch(`${hospital.service.url}/readyz`);
    expect([response.status, await response.json()]).to.deep.equal([
      200,
      { ready: true, checks: { models: 'up', queue: 'up', fhir: 'up' } },
    ]);
  });

  it('answers ten orders for an unseen CT from one analysis, which stands in the chart', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => hospital.sign('demo-2')));
    for (const answer of answers) expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    const risks = await hospital.waitFor('RiskAssessment?subject=Patient/demo-2', 3);
    expect(risks).to.have.length(3);
    expect(await hospital.find('Provenance?_count=50')).to.have.length(1);
    expect(hospital.log().match(/"msg":"study assessed"/g)).to.have.length(1);
  });

  it('answers the known study from the chart, with one card and a link to the evidence', async () => {
    const { cards } = await hospital.sign('demo-2');
    expect(cards).to.have.length(1);
    expect(cards[0]!.summary).not.to.match(/being analy[sz]ed/);
    expect(cards[0]!.links?.[0]?.url).to.match(/\/evidence\/[0-9a-f]{64}\?/);
  });

  it('points to its source: the model cards, and an icon of 100x100 pixels', async () => {
    const { cards } = await hospital.sign('demo-2');
    const source = cards[0]!.source!;
    expect(await (await fetch(source.url!)).text()).to.match(/^# /);
    const icon = Buffer.from(await (await fetch(source.icon!)).arrayBuffer());
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).to.deep.equal([100, 100]);
  });

  it('gives the same guidance at order-select', async () => {
    const [select, sign] = [await hospital.sign('demo-2', undefined, 'order-select'), await hospital.sign('demo-2')];
    expect(select.cards.map((card) => card.summary)).to.deep.equal(sign.cards.map((card) => card.summary));
  });

  it('writes one AuditEvent per order answered and one per analysis', async () => {
    const orders = 14;
    const events = await hospital.waitFor('AuditEvent?patient=Patient/demo-2&_count=200', orders + 1);
    expect(events).to.have.length(orders + 1);
  });

  it('keeps what the clinician did with the card, and why, where an auditor finds it', async () => {
    const { cards } = await hospital.sign('demo-2');
    const card = cards[0]!;
    const reason = card.overrideReasons![0]!;
    const response = await fetch(`${hospital.sandbox.ehrUrl}/api/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: hospital.sandbox.ehrUrl },
      body: JSON.stringify({
        serviceUrl: hospital.service.url,
        serviceId: 'thrombectomy-risk',
        feedback: [
          {
            card: card.uuid,
            outcome: 'overridden',
            overrideReason: { reason, userComment: 'not for the log' },
            outcomeTimestamp: new Date().toISOString(),
          },
        ],
      }),
    });
    expect(((await response.json()) as { status: number }).status).to.equal(200);
    const codes = 'https://thrombectomy-cds.org/fhir/CodeSystem';
    const [event] = await hospital.waitFor(`AuditEvent?subtype=${codes}/audit-events|card-overridden`, 1);
    expect(JSON.stringify(event)).to.contain(card.uuid).and.to.contain(reason.code);
    expect(JSON.stringify(event)).not.to.contain('not for the log');
  });

  it('labels every RiskAssessment as asserted by an AI and dates it', async () => {
    for (const risk of await hospital.find('RiskAssessment?subject=Patient/demo-2')) {
      expect(JSON.stringify(risk['meta'])).to.contain('AIAST');
      expect(risk['occurrenceDateTime']).to.be.a('string');
    }
  });

  it('leaves other orders alone, fast and without a card', async () => {
    const answer = await hospital.sign('demo-2', 'ct-head-plain');
    expect([answer.status, answer.body]).to.deep.equal([200, { cards: [] }]);
  });

  it('says that there is no CT, and never that the risk is low', async () => {
    const { cards } = await hospital.sign('demo-5');
    expect(cards.map((card) => card.indicator)).to.deep.equal(['info']);
    expect(cards[0]!.summary).to.match(/not a low-risk result/i);
  });

  it('refuses a CT with contrast by name, and records the refusal for all three targets', async () => {
    const { cards } = await hospital.sign('demo-4');
    expect(cards[0]!.summary).to.match(/contrast/i);
    const risks = await hospital.waitFor('RiskAssessment?subject=Patient/demo-4', 3);
    expect(
      risks.map((risk) => [
        risk['status'],
        'prediction' in risk && JSON.stringify(risk['prediction']).includes('probability'),
      ]),
    ).to.deep.equal(Array<unknown>(3).fill(['cancelled', false]));
  });

  it('logs no error, no patient and no token on the way', () => {
    expect(hospital.log()).not.to.match(/"level":"(error|fatal)"/);
    expect(hospital.log()).not.to.match(/Testerman|SBX-000|Bearer|eyJ/);
  });
});
