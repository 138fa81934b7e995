/**
 * Requests as clients in the field send them, and the checks of a public test kit on what they get back. Shapes from
 * cds-hooks/sandbox@3b7e255 (PAMA screen) and HL7/cds-hooks examples; checks re-written from
 * inferno-framework/davinci-crd-test-kit@1d1f2c4, cards_validation.rb and suggestion_actions_validation.rb.
 */
import { expect } from 'chai';
import type { OrderAnswer } from '../../src/assessment/domain/order-answer.ts';
import type { OpenedDatabase } from '../../src/storage/database.ts';
import { FHIR_SERVER, ISSUER, PUBLIC_URL, startHarness, type Harness } from './cds-harness.ts';
import { assessed, DELAYED, FAILED, makeRequest, NO_CT, OVERLOADED, RUNNING, WAITING } from './order-requests.ts';
import { openSharedDatabase } from './shared-database.ts';

type Json = Readonly<Record<string, unknown>>;
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const listOf = (value: unknown): readonly Json[] => {
  expect(value).to.be.an('array').that.is.not.empty;
  return value as readonly Json[];
};

/** Every rule of the kit on one card; the rule stands in the message. */
function checkCard(card: Json): void {
  for (const name of ['summary', 'indicator'])
    expect(isText(card[name]), `${name} is a non-blank string`).to.equal(true);
  expect((card['summary'] as string).length, 'summary.length < 140').to.be.lessThan(140);
  expect(['info', 'warning', 'critical'], 'indicator').to.include(card['indicator']);
  const source = card['source'] as Json;
  const topic = source['topic'] as Json;
  expect(isText(source['label']) && isText(topic['code']) && isText(topic['system']), 'source and topic').to.equal(
    true,
  );
  expect(topic['code'], 'Epic: static alphanumeric topic of at most 100 characters').to.match(/^[A-Za-z0-9]{1,100}$/);
  if ('suggestions' in card) {
    expect(['any', 'at-most-one'], 'selectionBehavior').to.include(card['selectionBehavior']);
    for (const suggestion of listOf(card['suggestions'])) checkSuggestion(suggestion);
  }
  if ('links' in card) for (const link of listOf(card['links'])) checkLink(link);
  if ('overrideReasons' in card) {
    for (const reason of listOf(card['overrideReasons'])) {
      expect([reason['code'], reason['system'], reason['display']].every(isText), 'override reason').to.equal(true);
    }
  }
}

function checkSuggestion(suggestion: Json): void {
  expect(isText(suggestion['label']), 'suggestion.label').to.equal(true);
  const actions = listOf(suggestion['actions']);
  expect(actions.length, 'Epic: one action per suggestion').to.equal(1);
  for (const action of actions) {
    expect(['create', 'update', 'delete'], 'action.type').to.include(action['type']);
    expect(isText(action['description']), 'action.description').to.equal(true);
    if (action['type'] === 'create') expect(isText((action['resource'] as Json)['resourceType'])).to.equal(true);
  }
}

function checkLink(link: Json): void {
  expect(isText(link['label']), 'link.label').to.equal(true);
  expect(['absolute', 'smart'], 'link.type').to.include(link['type']);
  const url = new URL(link['url'] as string);
  expect(['http:', 'https:'].includes(url.protocol) && url.host !== '', 'link.url').to.equal(true);
  if (link['type'] === 'absolute') expect(link, 'no appContext on absolute').not.to.have.property('appContext');
}

/** What the sandbox's PAMA screen sends at Sign: intent plan, selections at order-sign too, no encounter, no prefetch. */
const SANDBOX_REQUEST = {
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  hook: 'order-sign',
  fhirServer: FHIR_SERVER,
  context: {
    userId: 'Practitioner/example',
    patientId: 'smart-1288992',
    draftOrders: {
      resourceType: 'Bundle',
      entry: [
        {
          resource: {
            resourceType: 'ServiceRequest',
            id: 'example-request-id',
            status: 'draft',
            intent: 'plan',
            code: {
              coding: [{ code: '61645', system: 'http://www.ama-assn.org/go/cpt', display: 'Thrombectomy' }],
              text: 'Thrombectomy',
            },
            subject: { reference: 'Patient/smart-1288992' },
            reasonCode: [],
          },
        },
      ],
    },
    selections: ['ServiceRequest/example-request-id'],
  },
};

describe('clients in the field', () => {
  let database: OpenedDatabase;
  let harness: Harness;
  before(async () => {
    database = await openSharedDatabase();
    harness = await startHarness(database);
  });
  after(() => harness.close());
  const cardsFor = async (body: unknown, headers: Record<string, string> = {}): Promise<readonly Json[]> => {
    const response = await harness.call(body, { headers });
    expect(response.status, await response.clone().text()).to.equal(200);
    return ((await response.json()) as { cards: readonly Json[] }).cards;
  };

  it('community sandbox, order-sign: one card', async () => {
    harness.answerWith(assessed(0.9, 0.2, 0.2));
    expect(await cardsFor(SANDBOX_REQUEST)).to.have.length(1);
  });

  it('community sandbox, order-select of the same order: one card', async () => {
    expect(await cardsFor({ ...SANDBOX_REQUEST, hook: 'order-select' })).to.have.length(1);
  });

  it('community sandbox: its token names a jku, and its browser an origin', async () => {
    const token = await harness.sign({}, { jku: `${ISSUER}/jwks.json` });
    const headers = { authorization: `Bearer ${token}`, origin: 'https://browser-ehr.example.org' };
    expect(await cardsFor(SANDBOX_REQUEST, headers)).to.have.length(1);
  });

  it('Epic: extensions in the request, sub and nbf in the token', async () => {
    const extension = {
      'com.epic.cdshooks.request.bpa-trigger-action': '23',
      'com.epic.cdshooks.request.fhir-version': 'http://hl7.org/fhir/4.0',
    };
    const issuedAt = Date.parse('2026-11-23T12:00:00Z') / 1000;
    const token = await harness.sign({ sub: 'client-id', nbf: issuedAt });
    const body = makeRequest({ top: { extension } });
    expect(await cardsFor(body, { authorization: `Bearer ${token}` })).to.have.length(1);
  });

  it('re-signing: active and draft orders mixed, medication among them', async () => {
    const [draft] = (makeRequest()['context'] as { draftOrders: { entry: { resource: Json }[] } }).draftOrders.entry;
    const orders = [
      { resourceType: 'MedicationRequest', id: 'm1' },
      { ...draft?.resource, status: 'active' },
    ];
    expect(await cardsFor(makeRequest({ orders }))).to.have.length(1);
  });

  const answers: readonly (readonly [string, OrderAnswer])[] = [
    ['stop gate', assessed(0.9, 0.2, 0.2)],
    ['raised', assessed(0.1, 0.9, 0.9)],
    ['forecast', assessed(0.1, 0.1, 0.1)],
    ['withheld', assessed(0.1, 0.1, 0.1, 'untrained')],
    ['abstained', assessed(undefined, undefined, undefined)],
    ['running', RUNNING],
    ['waiting', WAITING],
    ['delayed', DELAYED],
    ['failed', FAILED],
    ['overloaded', OVERLOADED],
    ['no CT', NO_CT],
  ];
  for (const [name, answer] of answers) {
    it(`Inferno's checks hold for the card: ${name}`, async () => {
      harness.answerWith(answer);
      const [card] = await cardsFor(makeRequest());
      checkCard(card ?? {});
    });
  }

  it("Inferno's checks hold for discovery", async () => {
    const response = await fetch(`${harness.baseUrl}/cds-services`);
    const { services } = (await response.json()) as { services: readonly Json[] };
    for (const service of listOf(services)) {
      for (const name of ['hook', 'description', 'id']) expect(isText(service[name]), name).to.equal(true);
      expect(`${PUBLIC_URL}/cds-services/${String(service['id'])}`).to.match(/^https:\/\//);
    }
  });
});
