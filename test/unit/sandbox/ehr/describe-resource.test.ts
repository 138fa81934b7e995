import type { AuditEvent, RiskAssessment } from '@medplum/fhirtypes';
import { expect } from 'chai';
import { EXTENSIONS } from '../../../../src/fhir/terminology/canonical.ts';
import { describeResource } from '../../../../src/sandbox/ehr/describe-resource.ts';

const audit = (subtype: AuditEvent['subtype']): AuditEvent => ({
  resourceType: 'AuditEvent',
  type: { code: 'rest' },
  ...(subtype && { subtype }),
  recorded: '2026-11-23T10:00:00Z',
  outcome: '0',
  agent: [{ requestor: false }],
  source: { observer: {} },
  entity: [{}, {}],
});
const risk = (change: Partial<RiskAssessment>): RiskAssessment => ({
  resourceType: 'RiskAssessment',
  status: 'final',
  subject: {},
  ...change,
});

describe('one line per resource', () => {
  it('names an audit event as the service calls it', () => {
    const rest = { system: 'http://hl7.org/fhir/restful-interaction', code: 'read', display: 'read' };
    const own = { system: 'urn:own', code: 'evidence-viewed', display: 'Evidence viewed' };
    expect(describeResource(audit([rest, own])).title).to.equal('Evidence viewed, success');
    expect(describeResource(audit([rest])).title).to.equal('read, 2 items, success');
  });

  it('shows a probability in percent as FHIR has it (ras-2), and never without its evidence', () => {
    const prediction = [{ outcome: { text: 'Hemorrhage' }, probabilityDecimal: 37 }];
    const extension = [{ url: EXTENSIONS.evidenceLevel, valueCode: 'in-silico' }];
    expect(describeResource(risk({ prediction, extension })).title).to.equal('Hemorrhage: 37 % (evidence: in-silico)');
    expect(describeResource(risk({ prediction })).title).to.equal('Hemorrhage: 37 % (evidence: not stated)');
  });

  it('never lets a withheld result look like one', () => {
    expect(describeResource(risk({ status: 'cancelled', code: { text: 'Hemorrhage' } })).title).to.equal(
      'Hemorrhage: no result (cancelled)',
    );
  });
});
