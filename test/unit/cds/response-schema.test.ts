/** What may leave: one test per rule of CDS Hooks 2.0, CDS Service Response. */
import { expect } from 'chai';
import { requireValidResponse } from '../../../src/cds/response-schema.ts';
import { isFault } from '../../../src/errors.ts';

type Fields = Readonly<Record<string, unknown>>;
const uuid = '4e0a3a1e-3283-4575-ab82-028d55fe2719';
const topic = { system: 'https://example.org/topics', code: 'Risk' };
const card = (change: Fields = {}): Fields => ({
  uuid,
  summary: 'A sentence.',
  indicator: 'info',
  source: { label: 'Service', topic },
  ...change,
});
const drop = (fields: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
const suggestion = (change: Fields = {}): Fields => ({ label: 'Do it', ...change });
const withSuggestions = (...suggestions: Fields[]): Fields => card({ suggestions, selectionBehavior: 'any' });
const action = (change: Fields = {}): Fields => ({
  type: 'create',
  description: 'Adds an order',
  resource: { resourceType: 'ServiceRequest', status: 'draft' },
  ...change,
});

function refusalOf(response: unknown): string {
  try {
    requireValidResponse(response);
    return 'valid';
  } catch (error) {
    if (!isFault(error)) throw error;
    expect(error.code).to.equal('answer-invalid');
    return error.message;
  }
}
const ofCard = (one: Fields): string => refusalOf({ cards: [one] });

describe('what may leave: response', () => {
  it('an empty array of cards is valid, a missing one is not', () => {
    expect(refusalOf({ cards: [] })).to.equal('valid');
    expect(refusalOf({})).to.contain('cards');
  });
  it('systemActions are an array of actions, and not empty', () => {
    expect(refusalOf({ cards: [], systemActions: [action()] })).to.equal('valid');
    expect(refusalOf({ cards: [], systemActions: [] })).to.contain('systemActions');
  });
  it('unknown fields do not leave', () => {
    expect(refusalOf({ cards: [], note: 'x' })).to.contain('unknown fields');
    expect(ofCard(card({ colour: 'red' }))).to.contain('unknown fields');
  });
  it('nothing null or empty leaves, wherever it stands (Use of JSON)', () => {
    const emptyText = withSuggestions(suggestion({ actions: [action({ resource: { resourceType: 'X', note: '' } })] }));
    expect(ofCard(emptyText)).to.contain('null or empty');
    const nothing = withSuggestions(suggestion({ actions: [action({ resource: { resourceType: 'X', note: null } })] }));
    expect(ofCard(nothing)).to.contain('null or empty');
    expect(ofCard(card({ extension: {} }))).to.contain('null or empty');
    expect(ofCard(card({ links: [] }))).not.to.equal('valid');
  });
  it('two cards do not share a uuid', () => {
    expect(refusalOf({ cards: [card(), card()] })).to.contain('uuids must differ');
  });
});

describe('what may leave: card', () => {
  it('uuid is a unique identifier as a string', () => {
    expect(ofCard(card())).to.equal('valid');
    expect(ofCard(card({ uuid: 'card-1' }))).to.contain('uuid');
  });
  it('summary is required and shorter than 140 characters, counted in code points', () => {
    expect(ofCard(drop(card(), 'summary'))).to.contain('summary');
    expect(ofCard(card({ summary: '😀'.repeat(139) }))).to.equal('valid');
    expect(ofCard(card({ summary: '😀'.repeat(140) }))).to.contain('fewer than 140');
    expect(ofCard(card({ summary: '   ' }))).to.contain('summary');
  });
  it('detail is optional Markdown text', () => {
    expect(ofCard(card({ detail: '- **one**' }))).to.equal('valid');
    expect(ofCard(card({ detail: 1 }))).to.contain('detail');
  });
  it('indicator is required and one of info, warning, critical', () => {
    for (const indicator of ['info', 'warning', 'critical']) expect(ofCard(card({ indicator }))).to.equal('valid');
    expect(ofCard(card({ indicator: 'hard-stop' }))).to.contain('indicator');
    expect(ofCard(drop(card(), 'indicator'))).to.contain('indicator');
  });
  it('suggestions need selectionBehavior (resp-6)', () => {
    expect(ofCard(card({ suggestions: [suggestion()] }))).to.contain('selectionBehavior');
  });
  it('selectionBehavior is any or at-most-one', () => {
    const make = (selectionBehavior: string) => card({ suggestions: [suggestion()], selectionBehavior });
    expect(ofCard(make('any'))).to.equal('valid');
    expect(ofCard(make('at-most-one'))).to.equal('valid');
    expect(ofCard(make('all'))).to.contain('selectionBehavior');
  });
  it('at most one suggestion is recommended with at-most-one; several may be with any (resp-1)', () => {
    const both = [suggestion({ isRecommended: true }), suggestion({ isRecommended: true })];
    expect(ofCard(card({ suggestions: both, selectionBehavior: 'any' }))).to.equal('valid');
    expect(ofCard(card({ suggestions: both, selectionBehavior: 'at-most-one' }))).to.contain('at most one');
  });
  it('overrideReasons are codings with a display (resp-4)', () => {
    const reason = { code: 'x', system: 'https://example.org', display: 'Because' };
    expect(ofCard(card({ overrideReasons: [reason] }))).to.equal('valid');
    expect(ofCard(card({ overrideReasons: [drop(reason, 'display')] }))).to.contain('display');
    expect(ofCard(card({ overrideReasons: reason }))).to.contain('overrideReasons');
  });
});

describe('what may leave: source', () => {
  const ofSource = (change: Fields): string => ofCard(card({ source: { label: 'Service', topic, ...change } }));
  it('source with a label is required', () => {
    expect(ofCard(drop(card(), 'source'))).to.contain('source');
    expect(ofCard(card({ source: { topic } }))).to.contain('label');
  });
  it('url and icon are absolute', () => {
    expect(ofSource({ url: 'https://example.org', icon: 'https://example.org/icon.png' })).to.equal('valid');
    expect(ofSource({ url: '/model-card' })).to.contain('absolute');
    expect(ofSource({ icon: 'icon.png' })).to.contain('absolute');
  });
  it('topic is a Coding with code and system, and is always sent', () => {
    expect(ofSource({ topic: { code: 'x' } })).to.contain('topic');
    expect(ofCard(card({ source: { label: 'Service' } }))).to.contain('topic');
  });
  it('topic may have a display', () => {
    expect(ofSource({ topic: { ...topic, display: 'Risk' } })).to.equal('valid');
  });
});

describe('what may leave: suggestion and action', () => {
  const ofAction = (one: Fields): string => ofCard(withSuggestions(suggestion({ actions: [one] })));
  it('a suggestion has a label', () => {
    expect(ofCard(withSuggestions(suggestion()))).to.equal('valid');
    expect(ofCard(withSuggestions({ uuid }))).to.contain('label');
  });
  it('its uuid is a string and isRecommended a boolean', () => {
    expect(ofCard(withSuggestions(suggestion({ uuid, isRecommended: false })))).to.equal('valid');
    expect(ofCard(withSuggestions(suggestion({ uuid: 1 })))).to.contain('uuid');
    expect(ofCard(withSuggestions(suggestion({ isRecommended: 'true' })))).to.contain('isRecommended');
  });
  it('actions are an array and not empty', () => {
    expect(ofCard(withSuggestions(suggestion({ actions: [action(), action()] })))).to.equal('valid');
    expect(ofCard(withSuggestions(suggestion({ actions: [] })))).to.contain('actions');
  });
  it('type is create, update or delete', () => {
    expect(ofAction(action({ type: 'append' }))).not.to.equal('valid');
  });
  it('description is required (resp-5)', () => {
    expect(ofAction(drop(action(), 'description'))).to.contain('description');
  });
  it('create and update carry a resource', () => {
    for (const type of ['create', 'update']) {
      expect(ofAction(action({ type }))).to.equal('valid');
      expect(ofAction(drop(action({ type }), 'resource'))).to.contain('resource');
      expect(ofAction(action({ type, resource: { id: 'x' } }))).to.contain('resourceType');
    }
  });
  it('delete carries resourceId as a string, and no resource (resp-2)', () => {
    expect(ofAction({ type: 'delete', description: 'x', resourceId: 'ServiceRequest/1' })).to.equal('valid');
    expect(ofAction({ type: 'delete', description: 'x' })).to.contain('resourceId');
    expect(ofAction(action({ type: 'delete', resourceId: 'ServiceRequest/1' }))).to.contain('unknown fields');
    expect(ofAction({ type: 'delete', description: 'x', resourceId: '1' })).to.contain('Type/id');
  });
});

describe('what may leave: link', () => {
  const ofLink = (change: Fields): string =>
    ofCard(card({ links: [{ label: 'See', url: 'https://example.org/x?y#z', type: 'absolute', ...change }] }));
  it('label, url and type are required', () => {
    expect(ofLink({})).to.equal('valid');
    for (const name of ['label', 'url', 'type']) {
      const link = drop({ label: 'See', url: 'https://example.org', type: 'absolute' }, name);
      expect(ofCard(card({ links: [link] })), name).not.to.equal('valid');
    }
  });
  it('type is absolute or smart', () => {
    expect(ofLink({ type: 'smart' })).to.equal('valid');
    expect(ofLink({ type: 'relative' })).not.to.equal('valid');
  });
  it('url is absolute: relative and script addresses do not leave', () => {
    for (const url of ['/evidence/1', 'evidence', '//host/x', 'javascript:alert(1)', 'data:text/html,x', 'ftp://x/y']) {
      expect(ofLink({ url }), url).to.contain('absolute');
    }
  });
  it('url holds no credentials', () => {
    expect(ofLink({ url: 'https://user:secret@example.org' })).to.contain('absolute');
  });
  it('appContext goes with smart only (resp-3)', () => {
    expect(ofLink({ type: 'smart', appContext: 'x' })).to.equal('valid');
    expect(ofLink({ type: 'smart', appContext: { a: 1 } })).to.contain('appContext');
    expect(ofLink({ appContext: 'x' })).to.contain('unknown fields');
  });
});

describe('what may leave: extension', () => {
  it('is a JSON object', () => {
    expect(ofCard(card({ extension: { 'org.example.note': { a: 1 } } }))).to.equal('valid');
    expect(ofCard(card({ extension: 'x' }))).to.contain('extension');
  });
});
