/** An answer is written down before it leaves, and is held back neither by a slow record nor by a failing one. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { leaveOf } from '../../src/cds/run-service.ts';
import type { AnsweredCall } from '../../src/cds/cds-router.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness } from './cds-harness.ts';
import { assessed, HOOK_INSTANCE, makeRequest } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

describe('record of an answer', () => {
  let database: OpenedDatabase;
  before(async () => {
    database = await openSharedDatabase();
  });

  async function answerOnce(recordAnswer: (call: AnsweredCall) => Promise<void>) {
    const harness = await startHarness(database, { router: { recordAnswer, graceMs: 100 } });
    try {
      harness.answerWith(assessed(0.9, 0.1, 0.1));
      const from = performance.now();
      const response = await harness.call(makeRequest());
      const { cards } = (await response.json()) as { cards: unknown[] };
      return { cards: cards.length, ms: performance.now() - from, lines: harness.lines.join('\n') };
    } finally {
      await harness.close();
    }
  }

  it('is complete before the caller has the answer', async () => {
    const recorded: string[] = [];
    const { cards } = await answerOnce(async ({ request }) => {
      await pause(30);
      recorded.push(request.hookInstance);
    });
    expect([cards, recorded]).to.deep.equal([1, [HOOK_INSTANCE]]);
  });

  it('that takes too long delays the answer by the grace alone, is said in the log and goes on', async () => {
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    const { cards, lines } = await answerOnce(async () => {
      await pause(1_500);
      resolve(undefined);
    });
    const isOver = await Promise.race([over.then(() => true), pause(0).then(() => false)]);
    expect([cards, isOver]).to.deep.equal([1, false]);
    expect(lines).to.contain('did not wait for its record any longer');
    await over;
  });

  it('that fails is an error in the log, and the clinician has the card', async () => {
    const { cards, lines } = await answerOnce(() => Promise.reject(new Error('disk full of Mr. Private')));
    expect(cards).to.equal(1);
    expect(lines).to.contain('work before the answer failed').and.not.contain('Private');
  });
});

describe('time that is left for a service', () => {
  const budget = { budgetMs: 400, graceMs: 100 };

  it('is the budget less what verifying the caller and reading the body took', () => {
    expect(leaveOf(budget, 30)).to.deep.equal({ budgetMs: 370, graceMs: 100 });
  });

  it('is a quarter of it even after a slow upload', () => {
    expect(leaveOf(budget, 5_000)).to.deep.equal({ budgetMs: 100, graceMs: 100 });
  });
});
