/** What the audit is given about an answered order: the cards a clinician was shown, and no others. */
import { expect } from 'chai';
import type { AuditRecord } from '../../src/assessment/domain/ports.ts';
import type { Card } from '../../src/cds/response-schema.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { toOrderAuditRecord } from '../../src/wiring/order-audit-record.ts';
import { startHarness, until } from './cds-harness.ts';
import { ASSESSMENT_KEY, assessed, HOOK_INSTANCE, makeOrder, makeRequest } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

describe('audit of an answered order', () => {
  let database: OpenedDatabase;
  before(async () => {
    database = await openSharedDatabase();
  });

  async function answerOnce(
    showCards: boolean,
    request = makeRequest(),
  ): Promise<{ cards: Card[]; audited: AuditRecord | undefined }> {
    const harness = await startHarness(database, { settings: { showCards } });
    try {
      harness.answerWith(assessed(0.9, 0.1, 0.1));
      const response = await harness.call(request);
      const { cards } = (await response.json()) as { cards: Card[] };
      await until(() => harness.answered.length > 0);
      return { cards, audited: toOrderAuditRecord(harness.answered[0]!) };
    } finally {
      await harness.close();
    }
  }

  it('names the card that was shown, the assessment and the call', async () => {
    const { cards, audited } = await answerOnce(true);
    expect(audited).to.deep.include({
      kind: 'order-answered',
      cardUuids: [cards[0]?.uuid],
      assessmentKey: ASSESSMENT_KEY,
      hookInstance: HOOK_INSTANCE,
      patientId: 'patient-1',
    });
  });

  it('names no card in shadow mode, where nobody saw one; the assessment is named all the same', async () => {
    const { cards, audited } = await answerOnce(false);
    expect(cards).to.deep.equal([]);
    expect(audited).to.include({ kind: 'order-answered', assessmentKey: ASSESSMENT_KEY });
    expect(audited).not.to.have.property('cardUuids');
  });

  it('is silent about orders that are none of its business', async () => {
    const code = { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '70450' }], text: 'CT head' };
    const { audited } = await answerOnce(true, makeRequest({ orders: [makeOrder({ code })] }));
    expect(audited).to.equal(undefined);
  });
});
