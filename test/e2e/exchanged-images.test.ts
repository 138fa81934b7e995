/**
 * Images that only the archive knows of, with the service as a site starts it: after a CT was assessed one of its images
 * is exchanged for another. The chart lists as many as before, and no sweep comes round (ADR 0007).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createCtStudy } from '../../src/phantom/ct-study.ts';
import { createImagingStudy } from '../../src/sandbox/seed/imaging-study.ts';
import { findPatient, openHospital, type HookResult, type Hospital } from '../support/hospital.ts';

const PATIENT = findPatient('demo-5');
type Card = HookResult['cards'][number];

describe('images of an assessed CT that are exchanged in the archive', function () {
  this.timeout(240_000);
  let hospital: Hospital;
  let slices: readonly { readonly sopInstanceUid: string; readonly bytes: Uint8Array }[];
  let firstCard: Card;

  const listedInChart = async () => JSON.stringify((await hospital.find('ImagingStudy?_id=late-ct'))[0]!['series']);
  const readPage = async () => {
    const response = await fetch(firstCard.links![0]!.url.replace('?', '/result?'));
    return (await response.json()) as Record<string, unknown>;
  };

  async function signUntil(isIt: (card: Card) => boolean): Promise<Card> {
    for (const until = Date.now() + 90_000; ;) {
      const { cards } = await hospital.sign(PATIENT.id);
      if (isIt(cards[0]!)) return cards[0]!;
      if (Date.now() > until) throw new Error(`the card stayed: ${cards[0]!.summary}`);
      await pause(200);
    }
  }

  before(async () => {
    hospital = await openHospital({
      patients: [PATIENT],
      // The study has long stood still (ADR 0006).
      now: () => new Date(Date.now() + 120_000),
      settings: { ORDER_BUDGET_MS: '2000' },
    });
    const startedAt = new Date(Date.now() - 20 * 60_000).toISOString();
    const { recordNumber: patientId } = PATIENT;
    const study = await createCtStudy({ seed: 78, matrix: 128, startedAt, patient: { patientId } });
    // Half a head: a refusal without the networks' work is as good an answer here.
    slices = study.series[0]!.instances.slice(0, 12);
    const stored = slices.map(({ bytes }) => hospital.sandbox.pacs.store(bytes));
    const facts = { id: 'late-ct', patientId: PATIENT.id, startedAt };
    await hospital.sandbox.fhir.repository.seedResource(createImagingStudy(facts, stored));
  });
  after(() => hospital.close());

  it('the CT is assessed, and its page says nothing of later images', async () => {
    firstCard = await signUntil(({ summary }) => !summary.includes('being analyzed'));
    expect(firstCard.summary).not.to.contain('Images arrived');
    expect(await readPage())
      .to.include({ kind: 'ready' })
      .and.not.have.any.keys('hasLateImages', 'supersededAt');
  });

  it('soon after the exchange no order is told the old answer, though the chart lists what it listed', async () => {
    const before = await listedInChart();
    const [{ sopInstanceUid: uid, bytes }] = [slices[0]!];
    const other = Buffer.from(bytes);
    const otherUid = `${uid.slice(0, -1)}${uid.endsWith('1') ? '2' : '1'}`;
    for (let at = other.indexOf(uid); at >= 0; at = other.indexOf(uid, at + 1)) other.write(otherUid, at);
    const { pacs } = hospital.sandbox;
    pacs.removeStudy((await hospital.find('ImagingStudy?_id=late-ct')).map(readStudyUid)[0]!);
    for (const image of [new Uint8Array(other), ...slices.slice(1).map((slice) => slice.bytes)]) pacs.store(image);
    const card = await signUntil(({ summary }) => summary.includes('Images arrived after this CT was analyzed'));
    expect(card.detail).to.contain('That result does not cover them');
    expect(await listedInChart()).to.equal(before);
    for (let order = 0; order < 2; order += 1) {
      expect((await hospital.sign(PATIENT.id)).cards[0]!.summary).to.contain('no result covers them');
    }
  });

  it('the page of the earlier result says that it no longer counts, before there is a newer one', async () => {
    expect(await hospital.find(`RiskAssessment?subject=Patient/${PATIENT.id}&_count=50`)).to.have.length(3);
    expect(await readPage()).to.include({ kind: 'ready', hasLateImages: true });
  });

  it('logs no error and no patient on the way', () => {
    expect(hospital.log()).not.to.match(/"level":"(error|fatal)"/);
    expect(hospital.log()).not.to.match(new RegExp(`${PATIENT.family}|SBX-000|Bearer|eyJ`));
  });
});

function readStudyUid({ identifier }: Record<string, unknown>): string {
  const [uid] = (identifier as { system: string; value: string }[]).filter(({ system }) => system === 'urn:dicom:uid');
  return uid!.value.replace('urn:oid:', '');
}
