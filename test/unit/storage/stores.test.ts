import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import type { CardFeedback, IssuedCard } from '../../../src/assessment/domain/ports.ts';
import type { OpenedDatabase } from '../../../src/storage/database.ts';
import { createEvidenceStore } from '../../../src/storage/evidence-store.ts';
import { createFeedbackStore } from '../../../src/storage/feedback-store.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';

const card: IssuedCard = {
  cardUuid: '2f0f6a42-0000-4000-8000-000000000001',
  assessmentKey: 'a'.repeat(64),
  decision: 'hemorrhage-present',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  issuedAt: '2026-11-23T10:00:00.000Z',
};
const feedback: CardFeedback = {
  serviceId: 'thrombectomy-risk',
  cardUuid: card.cardUuid,
  outcome: 'overridden',
  acceptedSuggestionIds: [],
  overrideReason: { system: 'urn:reasons', code: 'disagree', display: 'Clinician disagrees' },
  userComment: 'seen on CT; not a bleed',
  outcomeAt: '2026-11-23T10:01:02.345Z',
  issuer: 'https://ehr.example',
};

describe('stores', function () {
  this.timeout(30_000);
  let database: OpenedDatabase;
  before(async () => {
    database = await openDatabase({ inMemory: true, logger: pino({ level: 'silent' }) });
  });
  after(() => database.close());

  describe('evidence', () => {
    it('gives back any evidence it was given, to six decimals', async () => {
      const store = createEvidenceStore(database);
      const number = fc.double({ min: -50, max: 50, noNaN: true });
      const network = fc.record({
        network: fc.string(),
        sliceIndexes: fc.array(fc.nat(500)),
        logits: fc.array(fc.array(number)),
        cams: fc.array(fc.array(fc.array(number, { maxLength: 9 }), { maxLength: 3 }), { maxLength: 4 }),
        camSize: fc.tuple(fc.nat(16), fc.nat(16)),
        crop: fc.tuple(fc.integer(), fc.integer(), fc.nat()),
      });
      const evidence = fc.record({
        key: fc.stringMatching(/^[0-9a-f]{64}$/),
        networks: fc.array(network, { maxLength: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(evidence, async (given) => {
          await store.save(given);
          const found = await store.find(given.key);
          const flat = (value: unknown): number[] =>
            typeof value === 'number'
              ? [value]
              : typeof value === 'object' && value
                ? Object.values(value).flatMap(flat)
                : [];
          const [expected, actual] = [flat(given), flat(found)];
          expect(actual).to.have.length(expected.length);
          actual.forEach((entry, index) => expect(entry).to.be.closeTo(expected[index]!, 1e-6));
          expect(found?.networks.map((each) => each.network)).to.deep.equal(given.networks.map((each) => each.network));
        }),
        { numRuns: 25 },
      );
    });

    it('replaces evidence saved again under the same key', async () => {
      const store = createEvidenceStore(database);
      await store.save({ key: 'again', networks: [] });
      const network = {
        network: 'n',
        sliceIndexes: [1],
        logits: [[0, 0, 0]],
        cams: [],
        camSize: [7, 7],
        crop: [0, 0, 9],
      } as const;
      await store.save({ key: 'again', networks: [network] });
      expect((await store.find('again'))?.networks).to.have.length(1);
    });

    it('answers undefined for a key it never saw', async () => {
      expect(await createEvidenceStore(database).find('never')).to.equal(undefined);
    });
  });

  describe('feedback', () => {
    beforeEach(() => database.executeScript('DELETE FROM card_feedback; DELETE FROM issued_card'));

    it('ties feedback to the assessment of its card', async () => {
      const store = createFeedbackStore(database);
      await store.rememberCards([card]);
      await store.record([feedback]);
      expect(await store.findByAssessment('a'.repeat(64))).to.deep.equal([{ ...feedback, decision: card.decision }]);
    });

    it('keeps one row when an EHR sends the same feedback twice', async () => {
      const store = createFeedbackStore(database);
      await store.rememberCards([card]);
      await store.record([feedback, feedback]);
      await store.record([feedback]);
      expect(await store.findByAssessment('a'.repeat(64))).to.have.length(1);
    });

    it('keeps feedback for a card it does not know yet and finds it once the card is remembered', async () => {
      const store = createFeedbackStore(database);
      await store.record([feedback]);
      await store.rememberCards([card, card]);
      expect(await store.findByAssessment('a'.repeat(64))).to.have.length(1);
    });

    it('takes all entries of a call or none', async () => {
      const store = createFeedbackStore(database);
      await store.rememberCards([card]);
      const broken = { ...feedback, outcomeAt: 'not a time' };
      const error = await store.record([feedback, broken]).catch((caught: unknown) => caught);
      expect(error).to.be.an('error');
      expect(await store.findByAssessment('a'.repeat(64))).to.have.length(0);
    });
  });
});
