/** As of when the CT is sought: order-sign fires again when an order that stands is changed (CDS Hooks, order-sign). */
import { expect } from 'chai';
import { findOrderTime } from '../../cds-hooks/thrombectomy-risk/order-time.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness, type Harness } from './cds-harness.ts';
import { assessed, makeOrder, makeRequest, RUNNING } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

/** The harness's clock. */
const CALL = '2026-11-23T12:00:00.000Z';

describe('the moment before which a CT counts as preoperative', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database);
    harness.answerWith(RUNNING);
  });
  after(() => harness.close());

  const orderedAt = async (...changes: readonly Readonly<Record<string, unknown>>[]) => {
    await harness.call(makeRequest({ orders: changes.map(makeOrder) }));
    return harness.questions.at(-1)?.search.orderedAt;
  };
  const standing = (authoredOn: string) => ({ status: 'active', authoredOn });

  it('is when the order was written, not when it was signed again after the thrombectomy', async () => {
    expect(await orderedAt(standing('2026-11-23T10:30:00+01:00'))).to.equal('2026-11-23T09:30:00.000Z');
  });

  it('is the call for a draft, whenever it was begun', async () => {
    expect(await orderedAt({ status: 'draft', authoredOn: '2026-11-23T09:30:00Z' })).to.equal(CALL);
    expect(await orderedAt({ ...standing('2026-11-23T09:30:00Z'), status: undefined })).to.equal(CALL);
  });

  it('is the call where the order says no instant: a day may be before or after the CT', async () => {
    expect(await orderedAt({ status: 'active' })).to.equal(CALL);
    expect(await orderedAt(standing('2026-11-23'))).to.equal(CALL);
    expect(await orderedAt(standing('yesterday'))).to.equal(CALL);
  });

  it('is never later than the call', async () => {
    expect(await orderedAt(standing('2026-11-24T09:30:00Z'))).to.equal(CALL);
  });

  it('is that of the latest thrombectomy signed with it', async () => {
    const [first, second] = [standing('2026-11-22T09:30:00Z'), standing('2026-11-23T08:00:00Z')];
    expect(await orderedAt(first, second)).to.equal('2026-11-23T08:00:00.000Z');
    expect(await orderedAt(first, { status: 'draft' })).to.equal(CALL);
  });

  it('is what the age of the CT on the card counts to', async () => {
    harness.answerWith(assessed(0.1, 0.2, 0.3));
    const detailOf = async (change: Readonly<Record<string, unknown>>) => {
      const response = await harness.call(makeRequest({ orders: [makeOrder(change)] }));
      return ((await response.json()) as { cards: { detail: string }[] }).cards[0]!.detail;
    };
    expect(await detailOf({ status: 'draft' })).to.contain('(1.4 h before this order)');
    expect(await detailOf(standing('2026-11-23T11:00:00Z'))).to.contain('(0.4 h before this order)');
  });

  it('is the call where nothing is known of an order', () => {
    expect(findOrderTime([{}], new Date(CALL)).toISOString()).to.equal(CALL);
  });
});
