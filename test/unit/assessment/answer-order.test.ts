import { expect } from 'chai';
import { createOrderDesk } from '../../../src/assessment/answer-order.ts';
import { createAssessmentKey } from '../../../src/assessment/assessment-key.ts';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import type { AnalysisJob, AnalysisState, CtSearchResult } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { REPORT, STUDY } from '../../support/assessment-parts.ts';

const KEY = createAssessmentKey(STUDY.studyInstanceUid, 'e', 'research');
const QUESTION = {
  search: { patientId: 'patient-1', orderedAt: '2026-11-23T09:00:00Z', maximumAgeHours: 24 },
  audit: {},
};
const ASSESSMENT: StudyAssessment = {
  key: KEY,
  patientId: 'patient-1',
  imagingStudyId: 'ct-1',
  studyInstanceUid: STUDY.studyInstanceUid,
  studyStartedAt: STUDY.startedAt,
  studyChoiceReason: '',
  ensemble: { id: 'x', version: '1', digest: 'e', networks: [] },
  assessedAt: '2026-11-23T08:30:00Z',
  findings: (['ich-present', 'ich-after-evt', 'poor-collaterals'] as const).map((target) => ({
    kind: 'abstained' as const,
    target,
    evidenceLevel: 'untrained' as const,
    reason: 'evidence-too-low' as const,
    detail: '',
  })) as unknown as StudyAssessment['findings'],
  report: REPORT,
  stagesMs: {},
};

interface Scene {
  looking?: Promise<CtSearchResult>;
  found?: CtSearchResult;
  inChart?: () => StudyAssessment | undefined;
  state?: AnalysisState;
  end?: (signal: AbortSignal) => Promise<AnalysisState>;
}

function setUp(scene: Scene) {
  const requested: AnalysisJob[] = [];
  const desk = createOrderDesk({
    chart: {
      findPreoperativeCt: () => scene.looking ?? Promise.resolve(scene.found ?? { kind: 'found', study: STUDY }),
      findCurrentAssessment: async () => scene.inChart?.(),
      readCtStudy: () => Promise.reject(new Error('nothing calls for it')),
    },
    queue: {
      request: async (job) => void requested.push(job),
      findUnknown: (keys) => Promise.resolve(keys),
      findState: () => Promise.resolve(scene.state ?? { kind: 'queued', since: '2026-11-23T09:00:00Z', ahead: 0 }),
      waitForEnd: (_key, { signal }) => (scene.end ? scene.end(signal) : untilAborted(signal)),
    },
    lateImages: { lookSoon: () => undefined },
    ensembleDigest: 'e',
    minimumEvidence: 'research',
    maximumAhead: 20,
    now: () => new Date('2026-11-23T09:00:00Z'),
  });
  return { desk, requested };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new DOMException('late', 'AbortError'))),
  );
}

describe('answer-order', () => {
  it('answers from the chart without asking the queue', async () => {
    const { desk, requested } = setUp({ inChart: () => ASSESSMENT });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
    expect([answer.kind, requested.length]).to.deep.equal(['assessed', 0]);
  });

  it('a chart that answers too late: the order fails in time, and its CT is analysed all the same', async () => {
    const late = Promise.withResolvers<CtSearchResult>();
    const { desk, requested } = setUp({ looking: late.promise });
    const failure = await desk.answer(QUESTION, { signal: AbortSignal.timeout(20) }).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'deadline-exceeded');
    expect(requested).to.deep.equal([]);
    late.resolve({ kind: 'found', study: STUDY });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(requested).to.deep.equal([{ key: KEY, imagingStudyId: STUDY.imagingStudyId, urgency: 'order' }]);
  });

  it("does not look on with a caller's token once the call is over", async () => {
    const late = Promise.withResolvers<CtSearchResult>();
    const { desk, requested } = setUp({ looking: late.promise });
    const search = {
      ...QUESTION.search,
      callerAccess: { fhirServer: 'https://ehr.example.org/fhir', accessToken: 't' },
    };
    const asked = desk.answer({ ...QUESTION, search }, { signal: AbortSignal.timeout(20) });
    late.reject(new DOMException('late', 'AbortError'));
    expect(await asked.catch((error: unknown) => error)).to.have.property('name', 'AbortError');
    expect(requested).to.deep.equal([]);
  });

  it('does not lose on the way that only the day of the CT is known', async () => {
    const study = { ...STUDY, startedPrecision: 'day' } as const;
    const { desk } = setUp({ found: { kind: 'found', study } });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(20) });
    expect(answer).to.include({ kind: 'running', startedPrecision: 'day' });
  });

  it('says beside every answer that another CT may be newer and was not read', async () => {
    const unread = { startedAt: '2026-11-23T08:50:00.000Z' };
    const found = { kind: 'found', study: STUDY, unread } as const;
    for (const scene of [{ found }, { found, inChart: () => ASSESSMENT }]) {
      const answer = await setUp(scene).desk.answer(QUESTION, { signal: AbortSignal.timeout(20) });
      expect(answer).to.deep.include({ unread });
    }
  });

  it('says that there is no CT, with the reason', async () => {
    const { desk } = setUp({ found: abstain('no-preoperative-ct', 'none') });
    expect(await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) })).to.deep.include({ kind: 'no-ct' });
  });

  it('asks urgently for an unseen study and answers when it ends within the budget', async () => {
    let inChart: StudyAssessment | undefined;
    const { desk, requested } = setUp({
      inChart: () => inChart,
      end: () => {
        inChart = ASSESSMENT;
        return Promise.resolve({ kind: 'done', at: '2026-11-23T09:00:01Z' });
      },
    });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
    expect(answer.kind).to.equal('assessed');
    expect(requested).to.deep.equal([{ key: KEY, imagingStudyId: 'ct-1', urgency: 'order' }]);
  });

  it('says "running" when the budget ends first', async () => {
    const { desk } = setUp({});
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(20) });
    expect(answer).to.deep.equal({
      kind: 'running',
      key: KEY,
      studyStartedAt: STUDY.startedAt,
      since: '2026-11-23T09:00:00Z',
    });
  });

  it('names the fault of an analysis that is being retried', async () => {
    const { desk } = setUp({
      end: () => Promise.resolve({ kind: 'retrying', since: '', attempt: 2, code: 'pacs-unavailable' }),
    });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
    expect(answer).to.deep.include({ kind: 'delayed', code: 'pacs-unavailable' });
  });

  it('says that an analysis failed for good, also when it did so before the order', async () => {
    const failed: AnalysisState = { kind: 'failed', at: '2026-11-23T09:00:00Z', code: 'inference-failed' };
    for (const scene of [{ state: failed }, { end: () => Promise.resolve(failed) }]) {
      const answer = await setUp(scene).desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
      expect(answer).to.deep.equal({
        kind: 'failed',
        key: KEY,
        studyStartedAt: STUDY.startedAt,
        code: 'inference-failed',
      });
    }
  });

  it('does not call a CT "being analyzed" that others are ahead of', async () => {
    const state = { kind: 'queued', since: '2026-11-23T08:59:00Z', ahead: 3, waitMinutes: 1.5 } as const;
    const { desk } = setUp({ state, end: () => Promise.resolve(state) });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
    expect(answer).to.deep.include({ kind: 'waiting', ahead: 3, waitMinutes: 1.5 });
  });

  it('says at once that the backlog is too long', async () => {
    const { desk } = setUp({ state: { kind: 'queued', since: '', ahead: 21 } });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
    expect(answer).to.deep.include({ kind: 'overloaded', ahead: 21 });
  });

  it('queues the analysis all the same when the chart fails after the CT was found', async () => {
    const { desk, requested } = setUp({
      inChart: () => {
        throw new Fault('fhir-unavailable', 'down');
      },
    });
    await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    expect(requested.map((job) => job.key)).to.deep.equal([KEY]);
  });

  it('never answers with an assessment that is filed under another patient', async () => {
    const { desk } = setUp({ inChart: () => ({ ...ASSESSMENT, patientId: 'patient-2' }) });
    const answer = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) });
    expect(answer).to.deep.include({ kind: 'no-ct' });
    expect(JSON.stringify(answer)).to.contain('patient-mismatch');
  });

  it('throws when the chart cannot be read', async () => {
    const { desk } = setUp({
      inChart: () => {
        throw new Fault('fhir-unavailable', 'down');
      },
    });
    const failure = await desk.answer(QUESTION, { signal: AbortSignal.timeout(1000) }).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'fhir-unavailable');
  });
});
