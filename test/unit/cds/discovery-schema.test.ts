/** What discovery may offer: fields, tokens and the recommended subset of queries (CDS Hooks 2.0, hook library). */
import { expect } from 'chai';
import type { CdsService } from '../../../src/cds/cds-service.ts';
import { findTemplateFault, type ServiceDefinition } from '../../../src/cds/discovery-schema.ts';
import { createServiceRegistry } from '../../../src/cds/service-registry.ts';
import { Fault } from '../../../src/errors.ts';

const definition = (change: object = {}): ServiceDefinition => ({
  hook: 'order-sign',
  id: 'one',
  title: 'One',
  description: 'The first',
  ...change,
});
const service = (...definitions: ServiceDefinition[]): CdsService => ({
  id: 'one',
  definitions,
  handle: () => Promise.resolve({ cards: [], issued: [] }),
});
const accept = (one: ServiceDefinition) => createServiceRegistry([service(one)]).discovery.services;
const refuse = (one: object, why: RegExp) =>
  expect(() => createServiceRegistry([service(one as ServiceDefinition)])).to.throw(Fault, why);

describe('what discovery may offer', () => {
  it('hook, title, description and id are required strings', () => {
    expect(accept(definition())).to.deep.equal([definition()]);
    for (const name of ['hook', 'title', 'description', 'id']) {
      refuse(Object.fromEntries(Object.entries(definition()).filter(([key]) => key !== name)), new RegExp(name));
      refuse(definition({ [name]: 1 }), new RegExp(name));
    }
  });
  it('usageRequirements is an optional string', () => {
    expect(accept(definition({ usageRequirements: 'None' }))).to.have.length(1);
    refuse(definition({ usageRequirements: '' }), /usageRequirements/);
  });
  it('prefetch is an optional object of queries, each under its key, and not empty', () => {
    expect(accept(definition({ prefetch: { patient: 'Patient/{{context.patientId}}' } }))).to.have.length(1);
    refuse(definition({ prefetch: {} }), /prefetch/);
    refuse(definition({ prefetch: { patient: 1 } }), /prefetch/);
  });
  it('an id that would need escaping in a URL is refused', () => {
    refuse(definition({ id: 'one/two' }), /id/);
  });
  it('several hooks may share one id; the same hook twice may not', () => {
    const both = service(definition(), definition({ hook: 'order-select' }));
    expect(createServiceRegistry([both]).discovery.services).to.have.length(2);
    expect(() => createServiceRegistry([service(definition(), definition())])).to.throw(Fault, /twice/);
  });
  it('two services of one id are refused at start', () => {
    expect(() => createServiceRegistry([service(definition()), service(definition())])).to.throw(Fault, /Two/);
  });
  it('no services at all is an empty array', () => {
    expect(createServiceRegistry([]).discovery).to.deep.equal({ services: [] });
  });
});

describe('prefetch templates', () => {
  const ok = (query: string, hook = 'order-sign') => expect(findTemplateFault(query, hook), query).to.equal(undefined);
  const bad = (query: string, why: RegExp, hook = 'order-sign') =>
    expect(findTemplateFault(query, hook), query).to.match(why);

  it('may use userId, patientId and encounterId of order-sign', () => {
    for (const field of ['userId', 'patientId', 'encounterId']) ok(`Observation?subject={{context.${field}}}`);
  });
  it('may use userId, patientId and encounterId of order-select', () => {
    for (const field of ['userId', 'patientId', 'encounterId']) {
      ok(`Observation?subject={{context.${field}}}`, 'order-select');
    }
  });
  it('may not use draftOrders or selections: they are no primitives', () => {
    bad('ServiceRequest?x={{context.draftOrders}}', /not a prefetch token/);
    bad('ServiceRequest?x={{context.draftOrders}}', /not a prefetch token/, 'order-select');
    bad('ServiceRequest?x={{context.selections}}', /not a prefetch token/, 'order-select');
    bad('ServiceRequest?x={{context.draftOrders.entry}}', /not a prefetch token/);
  });
  it('may use the four user identifiers', () => {
    for (const name of ['userPractitionerId', 'userPractitionerRoleId', 'userPatientId', 'userRelatedPersonId']) {
      ok(`Practitioner/{{${name}}}`);
    }
  });
  it('name context fields as context.name, between {{ and }}', () => {
    bad('Patient/{{patientId}}', /not a prefetch token/);
    bad('Patient/{{user}}', /not a prefetch token/);
    bad('Patient/{context.patientId}', /delimited/);
  });
  it('are reads and type searches', () => {
    ok('Patient/{{context.patientId}}');
    ok('ImagingStudy?patient={{context.patientId}}&started=ge2026-01-01&_sort=-started&_count=20');
    ok('Observation?code:in=http://example.org/vs');
    bad('Patient/1/$everything', /neither/);
    bad('https://evil.example/Patient?x=1', /neither/);
  });
  it('stay inside the recommended subset: no include, chaining or other modifiers', () => {
    bad('ImagingStudy?_include=ImagingStudy:endpoint', /_include/);
    bad('Observation?subject.name=x', /subject.name/);
    bad('Observation?code:not=x', /code:not/);
    bad('Observation?_has:Provenance=x', /_has/);
  });
});
