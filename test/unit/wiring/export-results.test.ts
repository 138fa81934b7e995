/** What one delivery does: read the assessment as it stands, store it, audit it. */
import { expect } from 'chai';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { AuditRecord, ResultArchive } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { createResultExport, type ExportParts } from '../../../src/wiring/export-results.ts';
import { makeLoadedCt, STUDY } from '../../support/assessment-parts.ts';
import { faultOf } from '../../support/fault-of.ts';
import { silent } from '../../support/imaging-scene.ts';
import { makeResult } from '../../support/result-scene.ts';

const assessment = makeResult(STUDY, makeLoadedCt());
const call = { signal: new AbortController().signal };
const STORED = { kind: 'stored', objects: 4, sent: 4 } as const;

describe('wiring/export-results', () => {
  function open(store: ResultArchive['store'], changes: Partial<ExportParts> = {}) {
    const events: AuditRecord[] = [];
    const exportResult = createResultExport({
      chart: {
        findAssessment: () => Promise.resolve(assessment),
        readCtStudy: () => Promise.resolve(STUDY),
      },
      evidence: { find: () => Promise.resolve(undefined) },
      archive: { store },
      audit: { record: (event) => Promise.resolve(void events.push(event)) },
      destination: 'https://pacs.example.org/dicom-web',
      minimumEvidence: 'untrained',
      logger: silent,
      now: () => new Date('2026-11-25T22:00:00Z'),
      ...changes,
    });
    return { events, run: () => exportResult({ key: assessment.key }, call) };
  }

  it('stores the assessment as the chart has it now, and audits where it went', async () => {
    const asked: unknown[] = [];
    const { events, run } = open((result) => {
      asked.push(result.assessment, result.study);
      return Promise.resolve(STORED);
    });
    await run();
    expect(asked).to.deep.equal([assessment, STUDY]);
    expect(events).to.deep.equal([
      {
        kind: 'results-exported',
        at: '2026-11-25T22:00:00.000Z',
        outcome: 'success',
        patientId: 'patient-1',
        assessmentKey: assessment.key,
        destination: 'https://pacs.example.org/dicom-web',
      },
    ]);
  });

  it('hands on no number that was recorded under a lower minimum', async () => {
    const kinds: unknown[] = [];
    const store: ResultArchive['store'] = ({ assessment: { findings } }) => {
      kinds.push(...findings.map((one) => (one.kind === 'estimate' ? one.probability : one.reason)));
      return Promise.resolve(STORED);
    };
    await open(store, { minimumEvidence: 'site-validated' }).run();
    expect(kinds).to.deep.equal(['evidence-too-low', 'evidence-too-low', 'evidence-too-low']);
  });

  it('audits nothing where nothing left', async () => {
    const { events, run } = open(() => Promise.resolve({ kind: 'not-stored', reason: 'withdrawn' }));
    await run();
    expect(events).to.deep.equal([]);
  });

  it('audits a refusal for good, once, as a serious failure', async () => {
    const { events, run } = open(() => Promise.reject(new Fault('pacs-store-refused', 'no')));
    expect(await faultOf(run())).to.include({ code: 'pacs-store-refused' });
    expect(events.map(({ outcome, code }) => [outcome, code])).to.deep.equal([
      ['serious-failure', 'pacs-store-refused'],
    ]);
  });

  it('leaves an outage to the queue, unaudited: it is tried again', async () => {
    const { events, run } = open(() => Promise.reject(new Fault('pacs-unavailable', 'down', { retryable: true })));
    expect(await faultOf(run())).to.include({ code: 'pacs-unavailable', retryable: true });
    expect(events).to.deep.equal([]);
  });

  it('ends where chart or study know nothing of it any more', async () => {
    const gone = { findAssessment: () => Promise.resolve(undefined), readCtStudy: () => Promise.resolve(STUDY) };
    const unusable = {
      findAssessment: () => Promise.resolve(assessment),
      readCtStudy: () => Promise.resolve(abstain('no-imaging-study', 'deleted')),
    };
    for (const chart of [gone, unusable]) {
      const { run } = open(() => Promise.resolve(STORED), { chart });
      expect(await faultOf(run())).to.include({ code: 'not-found', retryable: false });
    }
  });
});
