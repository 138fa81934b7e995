import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { makeExamples, toExampleText } from '../../../fhir-profiles/make-examples.ts';
import { findIssues } from '../../support/profile-validation.ts';

const FOLDER = new URL('../../../fhir-profiles/examples/', import.meta.url);

describe('fhir-profiles/examples', () => {
  const examples = makeExamples();

  it('are all there', () => {
    expect(readdirSync(FOLDER)).to.have.members([...examples.keys()]);
  });

  for (const [name, resource] of examples) {
    it(`${name} is what the service writes (else: node fhir-profiles/write-examples.ts)`, () => {
      const stored: unknown = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
      expect(stored).to.deep.equal(JSON.parse(toExampleText(resource)));
    });

    if (resource.resourceType === 'AuditEvent' || resource.resourceType === 'Observation') {
      it(`${name} conforms`, () => {
        expect(findIssues(resource)).to.deep.equal([]);
      });
    }
  }
});
