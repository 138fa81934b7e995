/** Which draft orders are thrombectomies. */
import { expect } from 'chai';
import { createOrderMatcher } from '../../../cds-hooks/thrombectomy-risk/order-matching.ts';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';
import { Fault } from '../../../src/errors.ts';
import { makeOrder, THROMBECTOMY_ORDERS } from '../../contract/order-requests.ts';

const { orderMapping } = loadServiceData('en');
type Fields = Readonly<Record<string, unknown>>;
const matcher = (mapping: unknown = orderMapping, matchText = false) =>
  createOrderMatcher({ valueSets: [THROMBECTOMY_ORDERS], mapping, matchText });
const isMatched = (change: Fields, of = matcher()): boolean =>
  of.match([makeOrder(change) as { resourceType: string }]).length === 1;
const coded = (system: string, code: string): Fields => ({ code: { coding: [{ system, code }] } });
const CPT = 'http://www.ama-assn.org/go/cpt';

describe('which orders count as thrombectomy', () => {
  it('codes of the value set: CPT, ICD-10-PCS, SNOMED CT', () => {
    expect(isMatched(coded(CPT, '61645'))).to.equal(true);
    expect(isMatched(coded('http://www.cms.gov/Medicare/Coding/ICD10', '03CG3Z7'))).to.equal(true);
    expect(isMatched(coded('http://snomed.info/sct', '439541007'))).to.equal(true);
  });
  it('a code system by another of its names', () => {
    expect(isMatched(coded('urn:oid:2.16.840.1.113883.6.12', '61645'))).to.equal(true);
  });
  it('not the right code of the wrong system, nor a longer code', () => {
    expect(isMatched(coded('http://example.org/local', '61645'))).to.equal(false);
    expect(isMatched(coded(CPT, '616450'))).to.equal(false);
    expect(isMatched(coded(CPT, '61650'))).to.equal(false);
  });
  it('any of several codings is enough', () => {
    const coding = [
      { system: 'urn:local', code: 'X' },
      { system: CPT, code: '61645' },
    ];
    expect(isMatched({ code: { coding } })).to.equal(true);
  });
  it('not thrombolysis, even beside a matching code', () => {
    const coding = [
      { system: CPT, code: '61645' },
      { system: 'http://snomed.info/sct', code: '472191000119101' },
    ];
    expect(isMatched({ code: { coding } })).to.equal(false);
  });
  it('local codes through the mapping file or a value set of the site', () => {
    const local = { system: 'urn:local', code: 'NEURO-77' };
    expect(isMatched({ code: { coding: [local] } }, matcher({ include: [local] }))).to.equal(true);
    const valueSet = {
      resourceType: 'ValueSet',
      compose: { include: [{ system: local.system, concept: [{ code: local.code }] }] },
    };
    const both = createOrderMatcher({ valueSets: [THROMBECTOMY_ORDERS, valueSet], mapping: {} });
    expect(isMatched({ code: { coding: [local] } }, both)).to.equal(true);
  });
  for (const status of ['draft', 'active', 'on-hold', 'unknown', undefined]) {
    it(`whatever the status: ${status ?? 'none'} (order-sign also fires on re-signing)`, () => {
      expect(isMatched({ status })).to.equal(true);
    });
  }
  for (const change of [
    { status: 'revoked' },
    { status: 'completed' },
    { status: 'entered-in-error' },
    { doNotPerform: true },
    { resourceType: 'MedicationRequest' },
  ]) {
    it(`not when it will not happen or is something else: ${JSON.stringify(change)}`, () => {
      expect(isMatched(change)).to.equal(false);
    });
  }
  it('text alone only where the site turns that on', () => {
    const order = { code: { text: 'Mechanical Thrombectomy left MCA' } };
    expect(isMatched(order)).to.equal(false);
    expect(isMatched(order, matcher(orderMapping, true))).to.equal(true);
    expect(isMatched({ code: { text: 'Coronary mechanical thrombectomy' } }, matcher(orderMapping, true))).to.equal(
      false,
    );
  });
  it('nothing, without failing, for orders of any shape', () => {
    for (const code of [
      undefined,
      null,
      'x',
      7,
      [],
      {},
      { coding: 'x' },
      { coding: [null] },
      { coding: [{ code: 7 }] },
    ]) {
      expect(isMatched({ code }), JSON.stringify(code)).to.equal(false);
    }
  });
  it('tells the patient an order names, where it names one plainly', () => {
    const patientOf = (reference: unknown) =>
      matcher().match([makeOrder({ subject: { reference } }) as { resourceType: string }])[0]?.patientId;
    expect(patientOf('Patient/a')).to.equal('a');
    expect(patientOf('https://ehr.example/fhir/Patient/a')).to.equal('a');
    expect(patientOf('Patient/a/_history/3')).to.equal('a');
    expect(patientOf('urn:uuid:1')).to.equal(undefined);
    expect(patientOf('#contained')).to.equal(undefined);
    expect(patientOf(7)).to.equal(undefined);
  });
  it('a value set without enumerated codes is found at start', () => {
    for (const valueSet of [{}, { resourceType: 'ValueSet', compose: { include: [{ system: 'x' }] } }]) {
      expect(() => createOrderMatcher({ valueSets: [valueSet], mapping: {} })).to.throw(Fault, /value set/);
    }
  });
});
