import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { CodeSystem, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { ABSTENTION_REASONS } from '../../../src/assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../../../src/assessment/domain/evidence-level.ts';
import { TARGETS } from '../../../src/assessment/domain/target.ts';
import { Fault } from '../../../src/errors.ts';
import { CANONICAL, CODE_SYSTEMS, EXTENSIONS, PROFILES } from '../../../src/fhir/terminology/canonical.ts';
import { readCodeSet, toCodeSet } from '../../../src/fhir/terminology/code-set.ts';
import { readGenerated } from '../../support/profile-validation.ts';

const root = new URL('../../../', import.meta.url);
const codesOf = (id: string) =>
  readGenerated<CodeSystem>('CodeSystem')
    .find((one) => one.id === id)
    ?.concept?.map(({ code }) => code);

describe('code systems say what the code says', () => {
  it('abstention reasons', () => {
    expect(codesOf('abstention-reasons')).to.deep.equal([...ABSTENTION_REASONS]);
  });
  it('evidence levels, in ascending order', () => {
    expect(codesOf('evidence-levels')).to.deep.equal([...EVIDENCE_LEVELS]);
  });
  it('targets', () => {
    expect(codesOf('targets')).to.deep.equal([...TARGETS]);
  });
  it('override reasons are those on the cards', () => {
    const file = new URL('cds-hooks/thrombectomy-risk/override-reasons.json', root);
    const cards = JSON.parse(readFileSync(file, 'utf8')) as { system: string; reasons: { code: string }[] };
    expect(codesOf('override-reason')).to.deep.equal(cards.reasons.map(({ code }) => code));
    expect(cards.system).to.equal(`${CANONICAL}/CodeSystem/override-reason`);
  });
});

describe('canonical addresses', () => {
  it('are the ones that are generated', () => {
    const structures = readGenerated<StructureDefinition>('StructureDefinition').map(({ url }) => url);
    const systems = readGenerated<CodeSystem>('CodeSystem').map(({ url }) => url);
    expect(structures).to.include.members([...Object.values(PROFILES), ...Object.values(EXTENSIONS)]);
    expect(systems).to.include.members(Object.values(CODE_SYSTEMS));
  });

  it('every extension that is defined is written', () => {
    const defined = readGenerated<StructureDefinition>('StructureDefinition').filter(
      ({ type }) => type === 'Extension',
    );
    expect(defined.map(({ url }) => url)).to.have.members(Object.values(EXTENSIONS));
  });
});

describe('value sets', () => {
  const path = (name: string) => new URL(`fhir-profiles/generated/ValueSet-${name}.json`, root);

  it('thrombectomy orders hold the intracranial codes and no thrombolysis', () => {
    const orders = readCodeSet(path('thrombectomy-orders'));
    expect(orders.has({ system: 'http://www.ama-assn.org/go/cpt', code: '61645' })).to.equal(true);
    expect(orders.has({ system: 'http://www.cms.gov/Medicare/Coding/ICD10', code: '03CG3Z7' })).to.equal(true);
    expect(orders.has({ system: 'http://snomed.info/sct', code: '472191000119101' })).to.equal(false);
    expect(orders.has({ system: 'http://snomed.info/sct', code: '433112001' })).to.equal(false);
    expect(orders.has({ system: 'http://example.org', code: '61645' })).to.equal(false);
  });

  it('no code is both plain and contrast', () => {
    const contrast = readCodeSet(path('contrast-head-ct'));
    const plain = JSON.parse(readFileSync(path('head-ct'), 'utf8')) as ValueSet;
    for (const { system, concept } of plain.compose?.include ?? []) {
      for (const { code } of concept ?? []) expect(contrast.has({ system, code }), code).to.equal(false);
    }
  });

  it('every code is named in docs/codes.md', () => {
    const table = readFileSync(new URL('docs/codes.md', root), 'utf8');
    const names = ['thrombectomy-orders', 'head-ct', 'contrast-head-ct', 'head-body-sites'];
    for (const name of names) {
      const set = JSON.parse(readFileSync(path(name), 'utf8')) as ValueSet;
      const codes = set.compose?.include.flatMap(({ concept }) => concept ?? []) ?? [];
      expect(codes.length).to.be.greaterThan(3);
      for (const { code } of codes) expect(table, `${name} ${code}`).to.contain(`| ${code} |`);
    }
  });

  it('may be given expanded, and must list their codes', () => {
    const expanded = { resourceType: 'ValueSet', expansion: { contains: [{ system: 'urn:x', code: '1' }] } };
    expect(toCodeSet(expanded).has({ system: 'urn:x', code: '1' })).to.equal(true);
    const filtered = {
      resourceType: 'ValueSet',
      compose: { include: [{ system: 'http://snomed.info/sct', filter: [{ property: 'concept', op: 'is-a' }] }] },
    };
    for (const wrong of [filtered, {}, null, { resourceType: 'CodeSystem' }]) {
      expect(() => toCodeSet(wrong)).to.throw(Fault);
    }
  });
});
