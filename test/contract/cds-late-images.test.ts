/** Cards for a CT that got images after it was analyzed (ADR 0007), over HTTP, in both languages. */
import { expect } from 'chai';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { Card } from '../../src/cds/response-schema.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { startHarness, type Harness } from './cds-harness.ts';
import {
  ASSESSMENT_KEY,
  assessed,
  DELAYED,
  FAILED,
  makeRequest,
  OVERLOADED,
  RUNNING,
  WAITING,
  withEarlier,
} from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

describe('cards: images that came after the CT was analyzed', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  let german: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database);
    german = await startHarness(database, { language: 'de' });
  });
  after(async () => {
    await harness.close();
    await german.close();
  });

  async function cardFor(answer: OrderAnswer, of = harness): Promise<Card> {
    of.answerWith(answer);
    const response = await of.call(makeRequest());
    expect(response.status, await response.clone().text()).to.equal(200);
    const { cards } = (await response.json()) as { cards: Card[] };
    expect(cards).to.have.length(1);
    return cards[0]!;
  }

  for (const answer of [RUNNING, WAITING, DELAYED, FAILED, OVERLOADED]) {
    it(`${answer.kind}: says so in summary and detail, and shows no number`, async () => {
      const late = withEarlier(answer, assessed(0.1, 0.62, 0.3));
      for (const [of, summary, detail] of [
        [
          harness,
          /Images arrived after this CT was analyzed; no result covers them\..*not a low-risk result/,
          /does not cover/,
        ],
        [german, /Nach der Auswertung dieser CT kamen Bilder dazu; .*nicht: geringes Risiko/, /schließt sie nicht ein/],
      ] as const) {
        const card = await cardFor(late, of);
        expect(card.indicator).to.equal('info');
        expect(card.summary).to.match(summary);
        expect(card.detail).to.match(detail).and.to.contain('2026-11-23 10:40');
        expect(`${card.summary}${card.detail ?? ''}`).not.to.match(/\d\s?%/);
        if (answer.kind === 'failed') expect(card).not.to.have.property('links');
        else expect(card.links?.[0]?.url).to.contain(`/evidence/${'b'.repeat(64)}?`);
      }
    });
  }

  it('hemorrhage on the CT stays a stop gate when images came later: with its evidence, and what it does not cover', async () => {
    for (const answer of [RUNNING, FAILED]) {
      const card = await cardFor(withEarlier(answer, assessed(0.81, 0.62, 0.3)));
      expect([card.indicator, card.source.topic.code]).to.deep.equal(['critical', 'HemorrhageOnCt']);
      expect(card.summary).to.match(/^SIMULATED: Hemorrhage suspected on this CT \(81%\)/);
      expect(card.detail)
        .to.contain('InceptionV4 81%')
        .and.to.contain('Decision support from InceptionV4, SEResNet101');
      expect(card.detail).to.match(/Analyzed 2026-11-23 10:40[^.]*\. Further images of this CT arrived after that/);
      expect(card.detail).not.to.contain('62%');
      expect(card.links?.[0]?.url).to.contain(`/evidence/${ASSESSMENT_KEY}?`);
    }
  });
});
