/** What a client may send (CDS Hooks 2.0, Calling a CDS Service; hook library, order-sign and order-select). */
import { expect } from 'chai';
import { isAllowedFhirServer } from '../../../src/cds/fhir-server.ts';
import { parseOrderContext } from '../../../src/cds/order-context.ts';
import { readPrefetch } from '../../../src/cds/prefetch.ts';
import { cdsRequest, parseMessage } from '../../../src/cds/request-schema.ts';
import { Fault } from '../../../src/errors.ts';
import { makeOrder, makeRequest } from '../../contract/order-requests.ts';

const parse = (top: Readonly<Record<string, unknown>>) => parseMessage(cdsRequest, makeRequest({ top }));
const refuse = (top: Readonly<Record<string, unknown>>, why: RegExp) =>
  expect(() => parse(top), JSON.stringify(top)).to.throw(Fault, why);
const authorization = {
  access_token: 'opaque',
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'user/ImagingStudy.rs',
  subject: 'cds-service',
};
const fhirServer = 'https://ehr.example.org/fhir';

describe('a request', () => {
  it('needs hook, hookInstance (a UUID) and context', () => {
    for (const name of ['hook', 'hookInstance', 'context']) refuse({ [name]: undefined }, new RegExp(name));
    refuse({ hookInstance: 'one' }, /hookInstance/);
    refuse({ hook: null }, /hook/);
    refuse({ hook: '' }, /hook/);
  });
  it('needs fhirServer when fhirAuthorization is given (cds-r-1)', () => {
    refuse({ fhirAuthorization: authorization }, /fhirServer/);
    expect(parse({ fhirServer, fhirAuthorization: authorization }).fhirServer).to.equal(fhirServer);
  });
  it('needs every field of fhirAuthorization', () => {
    for (const name of Object.keys(authorization)) {
      refuse({ fhirServer, fhirAuthorization: { ...authorization, [name]: undefined } }, new RegExp(name));
    }
    refuse({ fhirServer, fhirAuthorization: { ...authorization, token_type: 'mac' } }, /token_type/);
    refuse({ fhirServer, fhirAuthorization: null }, /fhirAuthorization/);
  });
  it('names an http(s) fhirServer without credentials', () => {
    for (const address of ['file:///etc/passwd', 'ehr.example', 'https://a:b@ehr.example', '', 7]) {
      refuse({ fhirServer: address }, /fhirServer/);
    }
  });
  it('may hold fields and extensions this version does not know', () => {
    expect(parse({ newField: { a: 1 }, extension: { 'com.example.timestamp': 'now' } }).hook).to.equal('order-sign');
  });
  it('is refused by the names of its fields, never by their values', () => {
    refuse({ hookInstance: 'Jane Doe' }, /^hookInstance: (?!.*Jane)/);
    refuse({ prefetch: { 'Jane Doe': 'x' } }, /^prefetch\.\*: (?!.*Jane)/);
  });
});

describe('an order context', () => {
  const context = (hook: string, change: Readonly<Record<string, unknown>>) =>
    parseOrderContext(parseMessage(cdsRequest, makeRequest({ hook, context: change })));
  const refuseContext = (change: Readonly<Record<string, unknown>>, why: RegExp, hook = 'order-sign') =>
    expect(() => context(hook, change), JSON.stringify(change)).to.throw(Fault, why);

  it('needs userId, patientId and draftOrders', () => {
    for (const name of ['userId', 'patientId', 'draftOrders']) {
      refuseContext({ [name]: undefined }, new RegExp(name));
      refuseContext({ [name]: null }, new RegExp(name));
    }
  });
  it('userId is a Practitioner or a PractitionerRole (ord-1)', () => {
    expect(context('order-sign', { userId: 'PractitionerRole/x' }).userId).to.equal('PractitionerRole/x');
    for (const userId of ['Patient/x', 'Practitioner/', 'x', 'Practitioner/a/../b'])
      refuseContext({ userId }, /userId/);
  });
  it('patientId is a bare FHIR id: nothing that could change a query', () => {
    for (const patientId of ['Patient/1', '1&_include=*', '../1', 'x'.repeat(65), '', 'a b', '1%26']) {
      refuseContext({ patientId }, /patientId/);
    }
  });
  it('encounterId is optional', () => {
    expect(context('order-sign', { encounterId: undefined })).not.to.have.property('encounterId');
    refuseContext({ encounterId: '' }, /encounterId/);
  });
  it('draftOrders is a Bundle, possibly without entries', () => {
    expect(context('order-sign', { draftOrders: { resourceType: 'Bundle' } }).orders).to.have.length(0);
    refuseContext({ draftOrders: [] }, /draftOrders/);
    refuseContext({ draftOrders: { resourceType: 'List' } }, /draftOrders/);
    refuseContext({ draftOrders: { resourceType: 'Bundle', entry: [{ resource: 'x' }] } }, /draftOrders/);
  });
  it('order-select needs selections, and only they count', () => {
    refuseContext({ selections: undefined }, /selections/, 'order-select');
    refuseContext({ selections: [] }, /selections/, 'order-select');
    expect(context('order-select', {}).orders).to.have.length(1);
    expect(context('order-select', { selections: ['ServiceRequest/other'] }).orders).to.have.length(0);
    expect(context('order-select', { selections: ['MedicationRequest/order-1'] }).orders).to.have.length(0);
  });
  it('order-sign looks at every order, whatever is selected', () => {
    expect(context('order-sign', { selections: ['ServiceRequest/other'] }).orders).to.have.length(1);
  });
  it('orders without an id count at order-sign', () => {
    const request = makeRequest({ orders: [makeOrder({ id: undefined })] });
    expect(parseOrderContext(parseMessage(cdsRequest, request)).orders).to.have.length(1);
  });
});

describe('a prefetch key', () => {
  const state = (prefetch: unknown) => readPrefetch(parse({ prefetch }), 'studies').kind;
  const bundle = (change: object = {}) => ({ studies: { resourceType: 'Bundle', type: 'searchset', ...change } });
  const study = { resource: { resourceType: 'ImagingStudy' } };
  const outcome = { resource: { resourceType: 'OperationOutcome' } };

  it('is present with a resource or matches', () => {
    expect(state({ studies: { resourceType: 'ImagingStudy' } })).to.equal('present');
    expect(state(bundle({ entry: [study] }))).to.equal('present');
    expect(state(bundle({ entry: [study, outcome] }))).to.equal('present');
  });
  it('is empty when null or without matches: asked, and there is nothing', () => {
    expect(state({ studies: null })).to.equal('empty');
    expect(state(bundle())).to.equal('empty');
    expect(state(bundle({ entry: [], link: [{ relation: 'self', url: 'x' }] }))).to.equal('empty');
  });
  it('is not empty when a further page is linked', () => {
    expect(state(bundle({ link: [{ relation: 'next', url: 'https://x' }] }))).to.equal('present');
  });
  it('is absent when left out', () => {
    expect(state(undefined)).to.equal('absent');
    expect(state({ other: null })).to.equal('absent');
  });
  it('has failed when it holds an OperationOutcome, bare or as the only entry', () => {
    expect(state({ studies: { resourceType: 'OperationOutcome' } })).to.equal('failed');
    expect(state(bundle({ entry: [outcome] }))).to.equal('failed');
  });
  it('has failed when it counts matches and holds none', () => {
    expect(state(bundle({ total: 3 }))).to.equal('failed');
    expect(state(bundle({ total: 0 }))).to.equal('empty');
  });
  it('is never taken from an object prototype', () => {
    expect(readPrefetch(parse({ prefetch: {} }), 'toString').kind).to.equal('absent');
  });
  it('is refused when it is no resource', () => {
    refuse({ prefetch: { studies: 'x' } }, /prefetch/);
    refuse({ prefetch: { studies: { id: 'x' } } }, /prefetch/);
    refuse({ prefetch: null }, /prefetch/);
  });
});

describe('the FHIR server a request may name', () => {
  const allowed = ['https://ehr.example.org/fhir/r4', 'https://other.example.org'];
  const cases: readonly (readonly [string, boolean])[] = [
    ['https://ehr.example.org/fhir/r4', true],
    ['https://ehr.example.org/fhir/r4/', true],
    ['https://ehr.example.org/fhir/r4/tenant', true],
    ['https://other.example.org/anything', true],
    ['https://EHR.example.org:443/fhir/r4', true],
    ['http://ehr.example.org/fhir/r4', false],
    ['https://ehr.example.org:8443/fhir/r4', false],
    ['https://ehr.example.org/fhir/r45', false],
    ['https://ehr.example.org/fhir/r4/../../admin', false],
    ['https://ehr.example.org/fhir/r4/%2e%2e/%2e%2e/admin', false],
    ['https://ehr.example.org.evil.example/fhir/r4', false],
    ['https://ehr.example.org@evil.example/fhir/r4', false],
    ['https://evil.example/?x=https://ehr.example.org/fhir/r4', false],
    ['https://ehr.example.org/fhir/r4?redirect=x', false],
    ['http://169.254.169.254/latest/meta-data', false],
    ['not a url', false],
  ];
  for (const [address, isAllowed] of cases) {
    it(`${isAllowed ? 'may' : 'may not'} be ${address}`, () => {
      expect(isAllowedFhirServer(address, allowed)).to.equal(isAllowed);
    });
  }
  it('is none where none was agreed on', () => {
    expect(isAllowedFhirServer('https://ehr.example.org', [])).to.equal(false);
  });
});
