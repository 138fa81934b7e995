/**
 * A CT whose images come in two turns, with the service as a site starts it: sweeps all the time, results back to the
 * archive. The half that came first is assessed, then the rest arrives (ADR 0007).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createCtStudy } from '../../src/phantom/ct-study.ts';
import { createImagingStudy } from '../../src/sandbox/seed/imaging-study.ts';
import { findPatient, openHospital, type HookResult, type Hospital } from '../support/hospital.ts';

const PATIENT = findPatient('demo-5');
const SID = 'https://thrombectomy-cds.org/fhir/sid';
/** Longer than a study has to stand still (ADR 0006). */
const STILL_MS = 120_000;

describe('images that reach a CT after it was assessed', function () {
  this.timeout(240_000);
  let hospital: Hospital;
  let slices: readonly Uint8Array[];
  let aheadMs = 0;

  const risks = () => hospital.find(`RiskAssessment?subject=Patient/${PATIENT.id}&_count=50`);
  const keyOf = (resource: Record<string, unknown>) =>
    (resource['identifier'] as { system: string; value: string }[]).find(
      ({ system }) => system === `${SID}/assessment`,
    )!.value;
  const timesAssessed = () => hospital.log().match(/"msg":"study assessed"/g)?.length ?? 0;

  /** One order after the other until its card is as it should be. */
  async function signUntil(isIt: (card: HookResult['cards'][number]) => boolean) {
    for (const until = Date.now() + 60_000; ;) {
      await pause(200);
      const { cards } = await hospital.sign(PATIENT.id);
      if (isIt(cards[0]!)) return cards[0]!;
      if (Date.now() > until) throw new Error(`the card stayed: ${cards[0]!.summary}`);
    }
  }

  /** STOW-RS, as the scanner's second transfer: the archive tells the chart, and the chart dates the change. */
  async function store(files: readonly Uint8Array[]): Promise<void> {
    const parts = files.flatMap((bytes) => [
      Buffer.from('--cut\r\nContent-Type: application/dicom\r\n\r\n'),
      Buffer.from(bytes),
      Buffer.from('\r\n'),
    ]);
    const response = await fetch(`${hospital.sandbox.pacsUrl}/studies`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=cut' },
      body: Buffer.concat([...parts, Buffer.from('--cut--\r\n')]),
    });
    expect(response.status, await response.text()).to.equal(200);
  }

  before(async () => {
    hospital = await openHospital({
      patients: [PATIENT],
      now: () => new Date(Date.now() + aheadMs),
      settings: ({ pacsUrl }) => ({
        ORDER_BUDGET_MS: '2000',
        SWEEP_CRON: '* * * * * *',
        RESULTS_TO_PACS: 'true',
        RESULTS_PACS_BASE_URL: pacsUrl,
        RESULTS_PACS_REACH: 'loopback',
      }),
    });
    const startedAt = new Date(Date.now() - 20 * 60_000).toISOString();
    const { recordNumber: patientId } = PATIENT;
    const study = await createCtStudy({ seed: 77, matrix: 128, startedAt, patient: { patientId } });
    slices = study.series[0]!.instances.map(({ bytes }) => bytes);
    const { pacs, fhir } = hospital.sandbox;
    const firstHalf = slices.slice(0, slices.length / 2).map((bytes) => pacs.store(bytes));
    const facts = { id: 'late-ct', patientId: PATIENT.id, startedAt };
    await fhir.repository.seedResource(createImagingStudy(facts, firstHalf));
  });
  after(() => hospital.close());

  it('the half that stands still is assessed, once: too little of the head', async () => {
    const first = await hospital.waitFor(`RiskAssessment?subject=Patient/${PATIENT.id}`, 3, 90_000);
    for (const risk of first) expect(JSON.stringify(risk)).to.contain('"partial-brain"');
    const card = await signUntil(({ summary }) => !summary.includes('being analyzed'));
    expect(card.links![0]!.url).to.contain(`/evidence/${keyOf(first[0]!)}?`);
    expect(timesAssessed()).to.equal(1);
  });

  it('once the rest is there, no order is told the answer of the half any more', async () => {
    hospital.sandbox.pacs.setFault({ kind: 'status', status: 503 }, { on: 'metadata' });
    await store(slices.slice(slices.length / 2));
    // The archive has told the chart when the study lists all slices.
    while (
      !JSON.stringify(await hospital.find('ImagingStudy?_id=late-ct')).includes(
        `"numberOfInstances":${String(slices.length)}`,
      )
    ) {
      await pause(50);
    }
    aheadMs = STILL_MS;
    for (let order = 0; order < 3; order += 1) {
      const { cards } = await hospital.sign(PATIENT.id);
      expect(cards[0]!.summary).to.match(/Images arrived after this CT was analyzed; no result covers them/);
      expect(cards[0]!.detail).to.contain('That result does not cover them');
    }
    expect(await risks()).to.have.length(3);
  });

  it('the whole CT is assessed, once, and answers from then on', async () => {
    const [half] = await risks();
    hospital.sandbox.pacs.setFault(undefined);
    await hospital.waitFor(`RiskAssessment?subject=Patient/${PATIENT.id}&_count=50`, 6, 90_000);
    const card = await signUntil(({ summary }) => !summary.includes('Images arrived after'));
    const all = await risks();
    const whole = all.filter((risk) => keyOf(risk) !== keyOf(half!));
    expect(card.links![0]!.url).to.contain(`/evidence/${keyOf(whole[0]!)}?`);
    expect([all.length, whole.length, timesAssessed()]).to.deep.equal([6, 3, 2]);
    // The networks saw it: what they saw has a digest.
    for (const risk of whole)
      expect(JSON.stringify(risk)).to.contain('input-digest').and.not.contain('"partial-brain"');
  });

  it('the chart says which one counts, and keeps the other', async () => {
    const all = await risks();
    const firstKey = all.flatMap(({ identifier }) =>
      (identifier as { system: string; value: string }[]).filter(({ system }) => system === `${SID}/first-assessment`),
    )[0]!.value;
    const [half, whole] = [
      all.filter((risk) => keyOf(risk) === firstKey),
      all.filter((risk) => keyOf(risk) !== firstKey),
    ];
    expect([half.length, whole.length]).to.deep.equal([3, 3]);
    for (const { id } of half) expect(JSON.stringify(whole)).to.contain(`RiskAssessment/${String(id)}`);
    expect(JSON.stringify(half)).not.to.contain('supersedes');
    const written = await hospital.find('Provenance?_count=50');
    expect(written.filter((one) => JSON.stringify(one).includes('"revision"'))).to.have.length(1);
  });

  it('our own results in the study, and sweeps that come round, ask for no further analysis', async () => {
    const listsReport = async () => JSON.stringify(await hospital.find('ImagingStudy?_id=late-ct')).includes('"SR"');
    while (!(await listsReport())) await pause(100);
    await pause(4_000);
    await hospital.sign(PATIENT.id);
    expect([(await risks()).length, timesAssessed()]).to.deep.equal([6, 2]);
    expect(await hospital.find('Provenance?_count=50')).to.have.length(2);
  });

  it('logs no error and no patient on the way', () => {
    expect(hospital.log()).not.to.match(/"level":"(error|fatal)"/);
    expect(hospital.log()).not.to.match(new RegExp(`${PATIENT.family}|SBX-000|Bearer|eyJ`));
  });
});
