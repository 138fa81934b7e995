import { expect } from 'chai';
import type { AuditRecord } from '../../../src/assessment/domain/ports.ts';
import { toInteractionAuditEvent } from '../../../src/fhir/audit/interaction-audit-event.ts';
import { readViewHistory } from '../../../src/viewer/view-history.ts';
import { VIEWER_HOOK, VIEWER_KEY } from '../../support/scripted-viewer.ts';

/** Through the real writer, so that reader and writer cannot drift apart. */
const write = (record: Partial<AuditRecord>) =>
  toInteractionAuditEvent(
    'id',
    {
      kind: 'evidence-viewed',
      at: '2026-11-23T11:00:00.000Z',
      outcome: 'success',
      assessmentKey: VIEWER_KEY,
      ...record,
    },
    { name: 'thrombectomy-cds', version: '0.1.0', url: 'http://127.0.0.1:1' },
  );

describe('who was told and who looked', () => {
  it('names the viewer by the hook call that handed out the link', () => {
    const history = readViewHistory([
      write({ hookInstance: VIEWER_HOOK }),
      write({
        kind: 'order-answered',
        at: '2026-11-23T10:59:00.000Z',
        hookInstance: VIEWER_HOOK,
        userId: 'Practitioner/d1',
      }),
    ]);
    expect(history).to.deep.equal([
      { at: '2026-11-23T11:00:00.000Z', what: 'evidence-viewed', who: 'Practitioner/d1' },
      { at: '2026-11-23T10:59:00.000Z', what: 'order-answered', who: 'Practitioner/d1' },
    ]);
  });

  it('names nobody where nobody is known', () => {
    expect(readViewHistory([write({})])[0]).to.not.have.property('who');
  });

  it('leaves out refusals, feedback and what is no audit event', () => {
    const others = [
      write({ outcome: 'minor-failure' }),
      write({ kind: 'feedback-received' }),
      { resourceType: 'Patient' },
      3,
    ];
    expect(readViewHistory(others)).to.deep.equal([]);
  });
});
