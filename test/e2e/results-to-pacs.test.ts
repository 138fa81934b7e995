/** From an order to objects in the archive, with the service as a site would start it. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { openHospital, type Hospital } from '../support/hospital.ts';

const EXPORTED = 'https://thrombectomy-cds.org/fhir/CodeSystem/audit-events|results-exported';
const auditOf = (patient: string) =>
  `AuditEvent?patient=Patient/${patient}&subtype=${encodeURIComponent(EXPORTED)}&_count=50`;

describe('results back to the archive', function () {
  this.timeout(180_000);
  let hospital: Hospital | undefined;
  afterEach(() => hospital?.close());

  async function open(resultsToPacs: boolean): Promise<Hospital> {
    hospital = await openHospital({
      patients: ['demo-2'],
      settings: ({ pacsUrl }) => ({
        ORDER_BUDGET_MS: '10000',
        RESULTS_TO_PACS: String(resultsToPacs),
        RESULTS_PACS_BASE_URL: pacsUrl,
        RESULTS_PACS_REACH: 'loopback',
      }),
    });
    return hospital;
  }

  async function studyOf(running: Hospital, patient: string) {
    const [study] = await running.find(`ImagingStudy?patient=Patient/${patient}`);
    const uid = (study!['identifier'] as { value: string }[])[0]!.value.replace('urn:oid:', '');
    return { uid, series: study!['series'] as { modality: { code: string }; description?: string }[] };
  }

  const reportsIn = (running: Hospital, uid: string) =>
    running.sandbox.pacs.list(uid).filter(({ metadata }) => metadata['00080060']?.Value?.[0] === 'SR');

  it('stores a report in the study, audits it, and the chart lists the new series', async () => {
    const running = await open(true);
    await running.sign('demo-2');
    const [event] = await running.waitFor(auditOf('demo-2'), 1);
    expect(event).to.include({ action: 'C', outcome: '0' });
    expect(JSON.stringify(event)).to.include('110104').and.to.include(running.sandbox.pacsUrl);
    const { uid } = await studyOf(running, 'demo-2');
    expect(reportsIn(running, uid)).to.have.length(1);
    while (!(await studyOf(running, 'demo-2')).series.some(({ modality }) => modality.code === 'SR')) await pause(50);
    // The study has series of ours now: the next order is answered from the same three results.
    const { cards } = await running.sign('demo-2');
    expect(cards).to.have.length(1);
    expect(await running.find('RiskAssessment?subject=Patient/demo-2')).to.have.length(3);
    expect(reportsIn(running, uid)).to.have.length(1);
    expect(running.log()).not.to.match(/"level":(50|"error")/);
  });

  it('lets no order and no chart wait for an archive that is down, and delivers when it is back', async () => {
    const running = await open(true);
    running.sandbox.pacs.setFault({ kind: 'status', status: 503 }, { on: 'store' });
    const { status } = await running.sign('demo-2');
    expect(status).to.equal(200);
    await running.waitFor('RiskAssessment?subject=Patient/demo-2', 3);
    while (running.sandbox.pacs.countRequests('store') === 0) await pause(50);
    expect(await running.find(auditOf('demo-2'))).to.have.length(0);
    running.sandbox.pacs.setFault(undefined);
    await running.waitFor(auditOf('demo-2'), 1, 60_000);
    expect(reportsIn(running, (await studyOf(running, 'demo-2')).uid)).to.have.length(1);
  });

  it('stores nothing unless the site turns it on', async () => {
    const running = await open(false);
    await running.sign('demo-2');
    await running.waitFor('RiskAssessment?subject=Patient/demo-2', 3);
    await pause(1_500);
    expect(running.sandbox.pacs.countRequests('store')).to.equal(0);
    expect(await running.find(auditOf('demo-2'))).to.have.length(0);
  });
});
