/** The cards a clinician gets, over HTTP, in both languages. */
import { expect } from 'chai';
import fc from 'fast-check';
import { loadPublishedEvidence, requirePooled } from '../../evidence/published-evidence.ts';
import { ABSTENTION_REASONS } from '../../src/assessment/domain/abstention.ts';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { Card } from '../../src/cds/response-schema.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { FHIR_SERVER, PUBLIC_URL, startHarness, type Harness, until } from './cds-harness.ts';
import {
  ASSESSMENT_KEY,
  assessed,
  DELAYED,
  FAILED,
  makeAbstention,
  makeAssessment,
  makeEstimate,
  makeOrder,
  makeRequest,
  NO_CT,
  OVERLOADED,
  RUNNING,
  WAITING,
} from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

describe('cards', () => {
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

  async function cardsFor(answer: OrderAnswer, request = makeRequest(), of = harness): Promise<Card[]> {
    of.answerWith(answer);
    const response = await of.call(request);
    expect(response.status, await response.clone().text()).to.equal(200);
    return ((await response.json()) as { cards: Card[] }).cards;
  }
  async function cardFor(answer: OrderAnswer, request = makeRequest(), of = harness): Promise<Card> {
    const cards = await cardsFor(answer, request, of);
    expect(cards).to.have.length(1);
    return cards[0] as Card;
  }

  it('hemorrhage on the CT: critical, a sentence to say aloud, reasons to override', async () => {
    const card = await cardFor(assessed(0.81, 0.3, 0.3));
    expect(card.indicator).to.equal('critical');
    expect(card.summary).to.equal(
      'SIMULATED: Hemorrhage suspected on this CT (81%). Look at the CT before thrombectomy.',
    );
    expect(card.overrideReasons?.every((reason) => reason.display !== '')).to.equal(true);
    expect(card.source.topic.code).to.equal('HemorrhageOnCt');
  });

  it('likely hemorrhage after thrombectomy: warning, with interval, both networks, usual rate and its source', async () => {
    const card = await cardFor(assessed(0.1, 0.62, 0.3));
    expect(card.indicator).to.equal('warning');
    const { result, patients } = requirePooled(loadPublishedEvidence(), 'any-ich');
    const usual = Math.round(result.estimate * 100);
    expect(card.summary).to.contain('62%').and.contain(`Usual rate: ${usual}% (`);
    expect(card.detail).to.contain('95% interval 50% to 74%');
    expect(card.detail).to.contain('InceptionV4 62%, SEResNet101 62%');
    expect(card.detail).to.contain(`${patients} patients`).and.contain('MR CLEAN-NO IV and -MED');
  });

  it('no probability stands without its usual rate or the word that there is none', async () => {
    const { detail } = await cardFor(assessed(0.1, 0.2, 0.3));
    const lines = (detail ?? '').split('\n').filter((line) => line.startsWith('- **'));
    expect(lines).to.have.length(3);
    for (const line of lines) expect(line).to.match(/usual rate|no published rate/);
  });

  it('simulated weights say so in summary and detail of every card', async () => {
    for (const answer of [
      assessed(0.9, 0.1, 0.1),
      assessed(0.1, 0.1, 0.1),
      RUNNING,
      WAITING,
      DELAYED,
      FAILED,
      OVERLOADED,
      NO_CT,
    ]) {
      const card = await cardFor(answer);
      expect(card.summary).to.match(/^SIMULATED: /);
      expect(card.detail).to.match(/^\*\*Simulated training data\.\*\*/);
    }
  });

  it('a number of simulated weights is withheld, and named with its reason, where the site asks for more', async () => {
    const strict = await startHarness(database, {
      settings: { minimumEvidence: 'site-validated' },
    });
    try {
      const card = await cardFor(assessed(0.97, 0.93, 0.91), makeRequest(), strict);
      expect(card.indicator).to.equal('info');
      expect(card.detail).to.contain('networks trained on simulated CT only');
      expect(`${card.summary}${card.detail ?? ''}`).not.to.match(/9[731]/);
    } finally {
      await strict.close();
    }
  });

  it('a stop gate of better weights is not called simulated because other findings are', async () => {
    const findings = [
      makeEstimate('ich-present', 0.9, 'research'),
      makeEstimate('ich-after-evt', 0.9, 'in-silico'),
      makeAbstention('poor-collaterals', 'slice-gap', 'in-silico'),
    ] as const;
    const card = await cardFor(makeAssessment(findings));
    expect(card.summary).to.match(/^Hemorrhage suspected/);
    expect(card.detail).to.match(/^\*\*Research use\.\*\*/);
  });

  for (const reason of ABSTENTION_REASONS.filter((one) => one !== 'evidence-too-low')) {
    it(`abstained, ${reason}: says why, and that this is not low risk`, async () => {
      const [one, two, three] = (['ich-present', 'ich-after-evt', 'poor-collaterals'] as const).map((target) =>
        makeAbstention(target, reason),
      );
      if (!one || !two || !three) throw new Error('three targets');
      const card = await cardFor(makeAssessment([one, two, three]));
      expect(card.indicator).to.equal('info');
      expect(card.summary).to.match(/No estimate from this CT: .+ This is not a low-risk result\.$/);
      expect(card.detail).to.contain('All three questions');
    });
  }

  it('a backlog is told in plain words: how many are ahead, and how long that takes', async () => {
    const soon = { ...WAITING, waitMinutes: 3.2 } as const;
    expect((await cardFor(OVERLOADED)).detail).to.contain('its turn comes in about 3 h.');
    expect((await cardFor(soon)).detail).to.contain('its turn comes in about 4 min.');
    expect((await cardFor(WAITING)).detail).to.contain('When its turn comes cannot be said.');
    expect((await cardFor(OVERLOADED)).summary).to.match(/will come too late for this order \(412 ahead of it\)/);
    const endless = await cardFor({
      kind: 'overloaded',
      key: ASSESSMENT_KEY,
      studyStartedAt: '2026-11-23T10:36:00Z',
      ahead: 1_001,
    });
    expect(endless.summary).to.match(/\(1000\+ ahead of it\)/);
    expect(endless.detail).to.contain('When its turn comes cannot be said.');
  });

  for (const [answer, words] of [
    [RUNNING, /is being analyzed; there is no result yet/],
    [WAITING, /waits to be analyzed \(2 ahead of it\)/],
    [DELAYED, /delayed by a technical fault/],
    [FAILED, /could not be analyzed/],
    [OVERLOADED, /412 ahead of it/],
    [NO_CT, /the latest head CT is too old/],
  ] as const) {
    it(`${answer.kind}: an honest card, info, no number, not low risk`, async () => {
      const card = await cardFor(answer);
      expect(card.indicator).to.equal('info');
      expect(card.summary)
        .to.match(words)
        .and.match(/not a low-risk result/i);
      expect(`${card.summary}${card.detail ?? ''}`).not.to.match(/\d%/);
    });
  }

  it('failed: names the fault, promises no result and links to none', async () => {
    const card = await cardFor(FAILED);
    expect(card.detail).to.contain('(inference-failed) and is not repeated');
    expect(`${card.summary}${card.detail ?? ''}`).not.to.match(/will stand|repeated automatically/);
    expect(card).not.to.have.property('links');
  });

  it('links to the evidence page of the very assessment, absolute and signed; without a CT there is none', async () => {
    const card = await cardFor(RUNNING);
    expect(card.links?.[0]?.type).to.equal('absolute');
    expect(card.links?.[0]?.url).to.match(new RegExp(`^${PUBLIC_URL}/evidence/${ASSESSMENT_KEY}\\?expires=`));
    expect(await cardFor(NO_CT)).not.to.have.property('links');
  });

  it('source has label, absolute url of the service as a whole, and topic', async () => {
    const { source } = await cardFor(RUNNING);
    expect(source.url).to.equal(`${PUBLIC_URL}/model-card`);
    expect(source.label).to.equal('Thrombectomy CDS');
    expect(source.topic).to.include({ code: 'ThrombectomyRisk' });
  });

  it('a raised risk offers a draft follow-up CT at 24 h, neither recommended nor automatic', async () => {
    const card = await cardFor(assessed(0.1, 0.62, 0.3));
    expect(card.selectionBehavior).to.equal('any');
    const [suggestion] = card.suggestions ?? [];
    expect(suggestion).not.to.have.property('isRecommended');
    expect(suggestion?.actions).to.have.length(1);
    const action = suggestion?.actions?.[0];
    expect(action?.type).to.equal('create');
    expect(action && 'resource' in action ? action.resource : {}).to.deep.include({
      resourceType: 'ServiceRequest',
      status: 'draft',
      subject: { reference: 'Patient/patient-1' },
      occurrenceDateTime: '2026-11-24T12:00:00.000Z',
    });
  });

  it('other cards suggest nothing', async () => {
    for (const answer of [assessed(0.9, 0.9, 0.9), assessed(0.1, 0.1, 0.1), RUNNING]) {
      expect(await cardFor(answer)).not.to.have.property('suggestions');
    }
  });

  it('two thrombectomy orders get one card that names both', async () => {
    const second = makeOrder({
      id: 'order-2',
      code: { ...(makeOrder()['code'] as object), text: 'Thrombectomy, right' },
    });
    const card = await cardFor(RUNNING, makeRequest({ orders: [makeOrder(), second] }));
    expect(card.detail).to.contain('Order: Mechanical thrombectomy; Thrombectomy, right');
  });

  it('markup in an order text is shown, not obeyed', async () => {
    const code = {
      ...(makeOrder()['code'] as object),
      text: '<img src=x onerror=alert(1)> [pay](https://evil.example)',
    };
    const card = await cardFor(RUNNING, makeRequest({ orders: [makeOrder({ code })] }));
    expect(card.detail)
      .to.contain('&lt;img src=x')
      .and.not.match(/<img|[^\\]\]\(http/);
  });

  it('detail holds no HTML, image or table, whatever the card', async () => {
    for (const answer of [assessed(0.9, 0.9, 0.9), assessed(0.1, 0.9, 0.9), RUNNING, NO_CT]) {
      expect((await cardFor(answer)).detail).not.to.match(/<[a-z/]|!\[|\|/i);
    }
  });

  it('german texts, german numbers', async () => {
    const card = await cardFor(assessed(0.81, 0.3, 0.3), makeRequest(), german);
    expect(card.summary).to.equal(
      'SIMULATION: Blutung auf dieser CT vermutet (81 %). CT vor der Thrombektomie ansehen.',
    );
    expect(card.detail).to.contain('1,4 h vor dieser Anordnung');
  });

  it('in shadow mode nothing is shown and the decision is kept', async () => {
    const shadow = await startHarness(database, { settings: { showCards: false } });
    try {
      expect(await cardsFor(assessed(0.9, 0.1, 0.1), makeRequest(), shadow)).to.deep.equal([]);
      await until(() => shadow.issued.length > 0);
      expect(shadow.issued[0]?.decision).to.equal('stop-gate');
    } finally {
      await shadow.close();
    }
  });

  it('for any probabilities the card is valid and its summary short, in both languages', async () => {
    const probability = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(probability, probability, probability, async (present, after, collaterals) => {
        for (const one of [harness, german]) {
          const card = await cardFor(assessed(present, after, collaterals), makeRequest(), one);
          expect(Array.from(card.summary).length).to.be.lessThan(140);
          expect(`${card.summary}${card.detail ?? ''}`).not.to.match(/[{}]|undefined|NaN/);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('what the desk is asked', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
  });
  beforeEach(async () => {
    harness = await startHarness(database);
    harness.answerWith(RUNNING);
  });
  afterEach(() => harness.close());
  const searchFor = async (top: Readonly<Record<string, unknown>>) => {
    await harness.call(makeRequest({ top }));
    return harness.questions.at(-1)?.search;
  };

  it('the patient of the context, the moment of the order, the window', async () => {
    expect(await searchFor({})).to.deep.equal({
      patientId: 'patient-1',
      orderedAt: '2026-11-23T12:00:00.000Z',
      maximumAgeHours: 24,
    });
  });
  it('prefetched studies as they came', async () => {
    const imagingStudies = {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [{ resource: { resourceType: 'ImagingStudy' } }],
    };
    expect((await searchFor({ prefetch: { imagingStudies } }))?.prefetched).to.deep.equal(imagingStudies);
  });
  it('null when the client looked and found nothing', async () => {
    expect(await searchFor({ prefetch: { imagingStudies: null } })).to.have.property('prefetched', null);
  });
  it('nothing when the client did not look, or failed', async () => {
    expect(await searchFor({ prefetch: { other: null } })).not.to.have.property('prefetched');
    const imagingStudies = { resourceType: 'OperationOutcome' };
    expect(await searchFor({ prefetch: { imagingStudies } })).not.to.have.property('prefetched');
  });
  it("the caller's own server and token, when both came and the server is agreed on", async () => {
    const fhirAuthorization = {
      access_token: 'transient',
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'user/*.rs',
      subject: 'x',
    };
    const search = await searchFor({ fhirServer: FHIR_SERVER, fhirAuthorization });
    expect(search?.callerAccess).to.deep.equal({ fhirServer: FHIR_SERVER, accessToken: 'transient' });
    expect(harness.lines.join('')).not.to.contain('transient');
  });
  it('nothing at all about a FHIR server that is not agreed on: 412', async () => {
    const response = await harness.call(makeRequest({ top: { fhirServer: 'https://evil.example/fhir' } }));
    expect(response.status).to.equal(412);
    expect(await response.json()).to.have.property('code', 'fhir-not-allowed');
    expect(harness.questions).to.have.length(0);
  });
  it('nothing about an order that names another patient: 400', async () => {
    const order = makeOrder({ subject: { reference: 'Patient/patient-2' } });
    expect((await harness.call(makeRequest({ orders: [order] }))).status).to.equal(400);
    expect(harness.questions).to.have.length(0);
  });
  it('an order without a subject belongs to the patient of the context', async () => {
    await harness.call(makeRequest({ orders: [makeOrder({ subject: undefined })] }));
    expect(harness.questions[0]?.search.patientId).to.equal('patient-1');
  });
  it('who asks, for the audit', async () => {
    await searchFor({});
    expect(harness.questions[0]?.audit).to.include({
      userId: 'Practitioner/doctor-1',
      encounterId: 'encounter-1',
      orderId: 'order-1',
      caller: 'https://ehr.example.org',
    });
  });
});
