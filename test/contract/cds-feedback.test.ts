/** The feedback endpoint over HTTP (CDS Hooks 2.0, Feedback). */
import { expect } from 'chai';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { Fault } from '../../src/errors.ts';
import { createFeedbackStore } from '../../src/storage/feedback-store.ts';
import { CALL_URL, ISSUER, startHarness, type Harness } from './cds-harness.ts';
import { openSharedDatabase } from './shared-database.ts';

const PATH = '/cds-services/thrombectomy-risk/feedback';
const CARD = '4e0a3a1e-3283-4575-ab82-028d55fe2719';
const accepted = {
  card: CARD,
  outcome: 'accepted',
  acceptedSuggestions: [{ id: 'e56e1945-20b3-4393-8503-a1a20fd73152' }],
  outcomeTimestamp: '2021-12-11T10:05:31Z',
};
const overridden = {
  card: CARD,
  outcome: 'overridden',
  overrideReason: {
    reason: { code: 'ct-read-by-clinician', system: 'https://example.org/reasons' },
    userComment: 'Jane Doe asked not to wait',
  },
  outcomeTimestamp: '2020-12-11T00:00:00Z',
};

describe('feedback', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
  });
  beforeEach(async () => {
    harness = await startHarness(database);
  });
  afterEach(() => harness.close());
  const send = (...feedback: unknown[]) => harness.call({ feedback }, { path: PATH });
  const statusOf = async (one: object): Promise<number> => (await send(one)).status;

  it('is accepted at {base}/cds-services/{id}/feedback and stored with its issuer', async () => {
    expect((await send(accepted)).status).to.equal(200);
    expect(harness.feedback).to.deep.equal([
      {
        serviceId: 'thrombectomy-risk',
        issuer: ISSUER,
        cardUuid: CARD,
        outcome: 'accepted',
        outcomeAt: '2021-12-11T10:05:31.000Z',
        acceptedSuggestionIds: ['e56e1945-20b3-4393-8503-a1a20fd73152'],
      },
    ]);
  });
  it('keeps override reason and comment; the comment never reaches the log', async () => {
    await send(overridden);
    expect(harness.feedback[0]?.overrideReason).to.deep.equal(overridden.overrideReason.reason);
    expect(harness.feedback[0]?.userComment).to.equal('Jane Doe asked not to wait');
    expect(harness.lines.join('')).not.to.contain('Jane');
  });
  it('may say more about a reason than we read (FHIR R4 Coding: version, userSelected)', async () => {
    const reason = { ...overridden.overrideReason.reason, version: '2026', userSelected: true };
    expect(await statusOf({ ...overridden, overrideReason: { reason } })).to.equal(200);
    expect(harness.feedback[0]?.overrideReason).to.deep.equal(overridden.overrideReason.reason);
  });
  it('is kept without the character that no database keeps (U+0000)', async () => {
    await harness.close();
    const feedbackStore = createFeedbackStore(database);
    harness = await startHarness(database, { router: { feedbackStore } });
    const assessmentKey = 'f'.repeat(64);
    const said = { assessmentKey, decision: 'forecast', hookInstance: CARD, issuedAt: '2020-12-10T00:00:00Z' };
    await feedbackStore.rememberCards([{ cardUuid: CARD, ...said }]);
    const reason = { ...overridden.overrideReason.reason, display: 'Read by\u0000 me' };
    const overrideReason = { reason, userComment: 'not\u0000 a bleed' };
    expect((await send({ ...accepted, acceptedSuggestions: [{ id: 'a\u0000b' }] })).status).to.equal(200);
    expect((await send({ ...overridden, overrideReason })).status).to.equal(200);
    const [found] = await feedbackStore.findByAssessment(assessmentKey);
    expect(found).to.deep.include({ userComment: 'not a bleed', overrideReason: { ...reason, display: 'Read by me' } });
  });
  it('may be an override without a reason', async () => {
    expect(await statusOf({ ...overridden, overrideReason: undefined })).to.equal(200);
  });
  it('may speak of several cards, of cards we never sent, and twice of the same', async () => {
    const answer = await send(accepted, accepted, { ...overridden, card: '00000000-0000-4000-8000-000000000000' });
    expect(await answer.json()).to.deep.equal({ recorded: 3 });
  });
  it('is held to its schema: 400', async () => {
    for (const bad of [
      { ...accepted, acceptedSuggestions: undefined },
      { ...accepted, acceptedSuggestions: [] },
      { ...accepted, outcome: 'ignored' },
      { ...accepted, card: 'x' },
      { ...accepted, outcomeTimestamp: 'yesterday' },
      { ...overridden, overrideReason: { reason: { code: 'x' } } },
      { ...overridden, overrideReason: { userComment: 'x'.repeat(4001) } },
    ]) {
      expect(await statusOf(bad), JSON.stringify(bad).slice(0, 80)).to.equal(400);
    }
    expect((await harness.call({ feedback: [] }, { path: PATH })).status).to.equal(400);
    expect(harness.feedback).to.have.length(0);
  });
  it('needs a token for the feedback endpoint itself', async () => {
    const authorization = `Bearer ${await harness.sign({ aud: CALL_URL })}`;
    const answer = await harness.call({ feedback: [accepted] }, { path: PATH, headers: { authorization } });
    expect(answer.status).to.equal(401);
  });
  it('is not acknowledged when it could not be stored', async () => {
    await harness.close();
    const failing = {
      rememberCards: () => Promise.resolve(),
      record: () => Promise.reject(new Fault('storage-unavailable', 'down')),
      findByAssessment: () => Promise.resolve([]),
    };
    harness = await startHarness(database, { router: { feedbackStore: failing } });
    expect(await statusOf(accepted)).to.equal(503);
  });
  it('of an unknown service gets 404', async () => {
    expect((await harness.call({ feedback: [accepted] }, { path: '/cds-services/x/feedback' })).status).to.equal(404);
  });
});
