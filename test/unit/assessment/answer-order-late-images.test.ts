/** An order for a CT that got more images after it was assessed: never answered as if nothing had come. */
import { expect } from 'chai';
import { createOrderDesk } from '../../../src/assessment/answer-order.ts';
import { createAssessmentKey } from '../../../src/assessment/assessment-key.ts';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { CtStudy } from '../../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import type { AnalysisJob, AnalysisState, Chart } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { REPORT, STUDY } from '../../support/assessment-parts.ts';

const keyOf = (revision: number) => createAssessmentKey(STUDY.studyInstanceUid, 'e', 'research', revision);
const QUESTION = {
  search: { patientId: 'patient-1', orderedAt: '2026-11-23T09:00:00Z', maximumAgeHours: 24 },
  audit: {},
};
const list = (numberOfInstances: number): CtStudy['series'] => [{ ...STUDY.series[0]!, numberOfInstances }];
const holding = (count: number): CtStudy => ({ ...STUDY, series: list(count) });

function assessedFrom(count: number, revision: number, patientId = 'patient-1'): StudyAssessment {
  return {
    key: keyOf(revision),
    ...(revision > 0 && { revision: { number: revision, firstKey: keyOf(0) } }),
    patientId,
    imagingStudyId: STUDY.imagingStudyId,
    studyInstanceUid: STUDY.studyInstanceUid,
    studyStartedAt: STUDY.startedAt,
    studyChoiceReason: '',
    listedSeries: list(count),
    ensemble: { id: 'x', version: '1', digest: 'e', networks: [] },
    assessedAt: '2026-11-23T08:30:00Z',
    findings: [] as unknown as StudyAssessment['findings'],
    report: REPORT,
    stagesMs: {},
  };
}

interface Scene {
  /** As the order sees it, in the prefetch or on the caller's server. */
  seen: CtStudy;
  /** As our own chart has it. */
  own?: Chart['readCtStudy'];
  inChart: StudyAssessment | undefined;
  /** What an analysis that ends leaves in the chart; it does not end where there is none. */
  ends?: (job: AnalysisJob) => StudyAssessment;
  state?: AnalysisState;
  /** Keys of the queue, asked for by somebody else; or a queue that cannot be asked. */
  inQueue?: readonly string[] | Error;
}

function setUp(scene: Scene) {
  const requested: AnalysisJob[] = [];
  const looks: string[] = [];
  let own = 0;
  const desk = createOrderDesk({
    chart: {
      findPreoperativeCt: () => Promise.resolve({ kind: 'found', study: scene.seen }),
      findCurrentAssessment: (key) => Promise.resolve(key === keyOf(0) ? scene.inChart : undefined),
      readCtStudy: (...asked) => {
        own += 1;
        return scene.own ? scene.own(...asked) : Promise.resolve(scene.seen);
      },
    },
    queue: {
      request: async (job) => void requested.push(job),
      findUnknown: (keys) => {
        const { inQueue = [] } = scene;
        return inQueue instanceof Error
          ? Promise.reject(inQueue)
          : Promise.resolve(keys.filter((key) => !inQueue.includes(key)));
      },
      findState: () => Promise.resolve(scene.state ?? { kind: 'queued', since: '2026-11-23T09:00:00Z', ahead: 0 }),
      waitForEnd: (key, { signal }) => {
        const job = requested.find((one) => one.key === key);
        if (!scene.ends || !job) {
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late'))));
        }
        scene.inChart = scene.ends(job);
        return Promise.resolve({ kind: 'done', at: '2026-11-23T09:00:01Z' });
      },
    },
    lateImages: { lookSoon: ({ key }) => void looks.push(key) },
    ensembleDigest: 'e',
    minimumEvidence: 'research',
    maximumAhead: 20,
    now: () => new Date('2026-11-23T09:00:00Z'),
  });
  const ask = () => desk.answer(QUESTION, { signal: AbortSignal.timeout(50) });
  return { ask, requested, looks, readsOfOwn: () => own };
}

describe('answer-order: images that came after the assessment', () => {
  it('are analysed under the next key, and the earlier answer is handed on as the earlier one', async () => {
    const earlier = assessedFrom(10, 0);
    const { ask, requested } = setUp({ seen: holding(30), inChart: earlier });
    expect(await ask()).to.deep.include({ kind: 'running', key: keyOf(1), earlier });
    const { imagingStudyId } = STUDY;
    expect(requested).to.deep.equal([{ key: keyOf(1), imagingStudyId, revision: 1, urgency: 'order' }]);
  });

  it('that were assessed in time give the answer that covers them', async () => {
    const { ask } = setUp({ seen: holding(30), inChart: assessedFrom(10, 0), ends: () => assessedFrom(30, 1) });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(30, 1) });
  });

  it('that are covered by the newest assessment need no further one and no second look', async () => {
    const { ask, requested, readsOfOwn } = setUp({ seen: holding(30), inChart: assessedFrom(30, 2) });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(30, 2) });
    expect([requested.length, readsOfOwn()]).to.deep.equal([0, 0]);
  });

  it('that came once more while the last ones were analysed are not passed over', async () => {
    const counts = [20, 30];
    const ends = ({ revision = 0 }: AnalysisJob) => assessedFrom(counts[revision - 1]!, revision);
    const { ask, requested } = setUp({ seen: holding(30), inChart: assessedFrom(10, 0), ends });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(30, 2) });
    expect(requested.map(({ key }) => key)).to.deep.equal([keyOf(1), keyOf(2)]);
  });

  it('while the first analysis ran are not passed over either', async () => {
    const ends = ({ revision = 0 }: AnalysisJob) => assessedFrom([10, 30][revision]!, revision);
    const { ask } = setUp({ seen: holding(30), inChart: undefined, ends });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(30, 1) });
  });

  it("stand beside every unfinished kind of answer, and never as the patient's own where they are somebody else's", async () => {
    const states: readonly AnalysisState[] = [
      { kind: 'failed', at: '', code: 'internal' },
      { kind: 'queued', since: '', ahead: 21 },
    ];
    for (const state of states) {
      const answer = await setUp({ seen: holding(30), inChart: assessedFrom(10, 0), state }).ask();
      expect(answer, state.kind).to.have.nested.property('earlier.key', keyOf(0));
    }
    const foreign = setUp({ seen: holding(30), inChart: assessedFrom(10, 0, 'patient-2') });
    expect(await foreign.ask()).to.have.nested.property('abstention.reason', 'patient-mismatch');
    expect(foreign.requested).to.deep.equal([]);
  });

  it("are believed of our own chart only: a caller's server may count otherwise for good", async () => {
    const own = () => Promise.resolve(holding(10));
    const { ask, requested } = setUp({ seen: holding(12), own, inChart: assessedFrom(10, 0) });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(10, 0) });
    expect(requested).to.deep.equal([]);
  });

  it('hold the earlier answer back where our own chart cannot be read or no longer takes the study for a CT', async () => {
    const unreadable = () => Promise.reject(new Fault('fhir-unavailable', 'down'));
    const refused = () => Promise.resolve(abstain('not-head', 'another body part'));
    for (const own of [unreadable, refused]) {
      const { ask } = setUp({ seen: holding(12), own, inChart: assessedFrom(10, 0) });
      expect(await ask()).to.have.nested.property('earlier.key', keyOf(0));
    }
  });

  it('that only the archive or another replica saw hold the earlier answer back: the next assessment was asked for', async () => {
    const earlier = assessedFrom(10, 0);
    const { ask, requested, looks } = setUp({ seen: holding(10), inChart: earlier, inQueue: [keyOf(1)] });
    expect(await ask()).to.deep.include({ kind: 'running', key: keyOf(1), earlier });
    expect(requested.map(({ key, urgency }) => [key, urgency])).to.deep.equal([[keyOf(1), 'order']]);
    expect(looks).to.deep.equal([]);
  });

  it('that could not be analysed keep holding it back', async () => {
    const state: AnalysisState = { kind: 'failed', at: '', code: 'internal' };
    const { ask } = setUp({ seen: holding(10), inChart: assessedFrom(10, 0), inQueue: [keyOf(1)], state });
    expect(await ask()).to.deep.include({ kind: 'failed', key: keyOf(1), earlier: assessedFrom(10, 0) });
  });

  it('hold nothing back once the assessment that was asked for stands in the chart', async () => {
    const inQueue = [keyOf(0), keyOf(1)];
    const { ask, requested } = setUp({ seen: holding(10), inChart: assessedFrom(10, 1), inQueue });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(10, 1) });
    expect(requested).to.deep.equal([]);
  });

  it('are looked for once the order is answered, and where the queue cannot say, the chart decides', async () => {
    const inQueue = new Fault('queue-unavailable', 'down');
    const { ask, looks } = setUp({ seen: holding(10), inChart: assessedFrom(10, 0), inQueue });
    expect(await ask()).to.deep.equal({ kind: 'assessed', assessment: assessedFrom(10, 0) });
    expect(looks).to.deep.equal([keyOf(0)]);
  });
});
