import { expect } from 'chai';
import { fillTemplate } from '../../../../src/sandbox/ehr/resolve-prefetch.ts';

const context = { patientId: 'p1', userId: 'Practitioner/d1', selections: ['ServiceRequest/1'] };

describe('prefetch templates (CDS Hooks 2.0, Prefetch Tokens)', () => {
  it('fills context tokens', () => {
    expect(fillTemplate('ImagingStudy?patient={{context.patientId}}&_count=2', context)).to.equal(
      'ImagingStudy?patient=p1&_count=2',
    );
  });
  it('fills the user as a practitioner', () => {
    expect(fillTemplate('Practitioner/{{userPractitionerId}}', context)).to.equal('Practitioner/d1');
  });
  it('fills several tokens in their order', () => {
    expect(fillTemplate('{{context.patientId}}/{{userPractitionerId}}/{{context.patientId}}', context)).to.equal(
      'p1/d1/p1',
    );
  });
  it('leaves a template out whose token has no value', () => {
    expect(fillTemplate('Encounter/{{context.encounterId}}', context)).to.equal(undefined);
  });
  it('never fills a token that is no plain string', () => {
    expect(fillTemplate('X/{{context.selections}}', context)).to.equal(undefined);
  });
});
