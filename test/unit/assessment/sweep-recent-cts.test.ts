import { expect } from 'chai';
import { createAssessmentKey } from '../../../src/assessment/assessment-key.ts';
import type { CtStudy } from '../../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import type { AnalysisJob } from '../../../src/assessment/domain/ports.ts';
import type { LateImageFinding } from '../../../src/assessment/late-image-watch.ts';
import { createSweep } from '../../../src/assessment/sweep-recent-cts.ts';
import { REPORT, STUDY } from '../../support/assessment-parts.ts';

const keyOf = (revision: number) => createAssessmentKey(STUDY.studyInstanceUid, 'e', 'research', revision);
const { imagingStudyId } = STUDY;
const ASSESSED_AT = '2026-11-23T09:00:00Z';
const list = (numberOfInstances: number): CtStudy['series'] => [{ ...STUDY.series[0]!, numberOfInstances }];

function assessedFrom(count: number, revision: number): StudyAssessment {
  const about = {
    key: keyOf(revision),
    imagingStudyId,
    listedSeries: list(count),
    report: REPORT,
    assessedAt: ASSESSED_AT,
  };
  return { ...about, ...(revision > 0 && { revision: { number: revision, firstKey: keyOf(0) } }) } as StudyAssessment;
}

/** A chart with one CT, and a queue that remembers what it was asked for. */
function setUp() {
  const state = {
    count: 10,
    inChart: undefined as StudyAssessment | undefined,
    underWay: [] as string[],
    requested: [] as AnalysisJob[],
    lookUps: 0,
    /** Looks at our own chart and the archive, and what they find. */
    looks: 0,
    inArchive: 'none-seen' as LateImageFinding,
    minute: 0,
    others: 0,
  };
  const listStudies = (): CtStudy[] =>
    Array.from({ length: 1 + state.others }, (_, index) => ({
      ...{ ...STUDY, series: list(state.count) },
      ...(index > 0 && { studyInstanceUid: `2.25.77${String(index)}` }),
    }));
  const makeSweep = () => {
    const sweep = createSweep({
      chart: {
        findRecentHeadCts: () => Promise.resolve(listStudies()),
        findCurrentAssessment: () => {
          state.lookUps += 1;
          return Promise.resolve(state.inChart);
        },
      },
      queue: {
        findUnknown: (keys) => Promise.resolve(keys.filter((key) => !state.requested.some((job) => job.key === key))),
        findUnderWay: (keys) => Promise.resolve(keys.filter((key) => state.underWay.includes(key))),
        request: async (job) => void state.requested.push(job),
      },
      lateImages: {
        look: () => {
          state.looks += 1;
          return Promise.resolve(state.inArchive);
        },
      },
      ensembleDigest: 'e',
      minimumEvidence: 'research',
      lookbackHours: 6,
      now: () => new Date(Date.parse('2026-11-23T09:00:00Z') + state.minute * 60_000),
    });
    return () => sweep({ signal: new AbortController().signal });
  };
  return { state, makeSweep, sweep: makeSweep() };
}

describe('sweep-recent-cts', () => {
  it('asks once for a CT that nobody has seen, however often it comes round', async () => {
    const { state, sweep } = setUp();
    expect(await sweep()).to.deep.equal({ seen: 1, requested: 1 });
    state.underWay = [keyOf(0)];
    expect(await sweep()).to.deep.equal({ seen: 1, requested: 0 });
    expect(state.requested).to.deep.equal([{ key: keyOf(0), imagingStudyId, urgency: 'arrival' }]);
  });

  it('asks nothing about a CT whose analysis waits or runs: a long queue costs the chart nothing', async () => {
    const { state, sweep } = setUp();
    state.underWay = [keyOf(0)];
    await sweep();
    expect([state.lookUps, state.requested.length]).to.deep.equal([0, 0]);
  });

  it('looks a CT up once while its list stands still', async () => {
    const { state, sweep } = setUp();
    state.inChart = assessedFrom(10, 0);
    for (let turn = 0; turn < 5; turn += 1) await sweep();
    expect([state.lookUps, state.requested.length]).to.deep.equal([1, 0]);
  });

  it('asks once for each revision of a CT that got more images, and for no more', async () => {
    const { state, sweep } = setUp();
    state.inChart = assessedFrom(10, 0);
    await sweep();
    for (const [revision, count] of [
      [1, 30],
      [2, 31],
    ] as const) {
      state.count = count;
      for (let turn = 0; turn < 3; turn += 1) await sweep();
      expect(state.requested).to.have.length(revision);
      expect(state.requested.at(-1)).to.deep.equal({
        ...{ key: keyOf(revision), imagingStudyId, revision, urgency: 'arrival' },
      });
      state.inChart = assessedFrom(count, revision);
      for (let turn = 0; turn < 3; turn += 1) await sweep();
    }
    expect(state.requested).to.have.length(2);
  });

  it('finds images that came while the first analysis ran, once that has ended', async () => {
    const { state, sweep } = setUp();
    await sweep();
    [state.underWay, state.count] = [[keyOf(0)], 30];
    await sweep();
    [state.underWay, state.inChart] = [[], assessedFrom(10, 0)];
    await sweep();
    expect(state.requested.map(({ key }) => key)).to.deep.equal([keyOf(0), keyOf(1)]);
  });

  it('asks for what came while no replica ran, and replicas that take turns ask once', async () => {
    const { state, makeSweep } = setUp();
    [state.inChart, state.count] = [assessedFrom(10, 0), 30];
    for (const sweep of [makeSweep(), makeSweep(), makeSweep()]) await sweep();
    expect(state.requested.map(({ key }) => key)).to.deep.equal([keyOf(1)]);
  });

  it('looks at the archive now and then where the chart shows nothing new: often at first, seldom later', async () => {
    const { state, sweep } = setUp();
    state.inChart = assessedFrom(10, 0);
    const looksBetween = async (from: number, until: number) => {
      state.looks = 0;
      for (state.minute = from; state.minute < until; state.minute += 0.5) await sweep();
      return state.looks;
    };
    expect(await looksBetween(0, 60)).to.be.within(8, 12);
    expect(await looksBetween(180, 240)).to.be.within(1, 2);
    expect(state.requested).to.deep.equal([]);
  });

  it('asks once for what only the archive shows, and again for what it shows after that', async () => {
    const { state, sweep } = setUp();
    [state.inChart, state.inArchive] = [assessedFrom(10, 0), 'late'];
    for (; state.minute < 30; state.minute += 0.5) await sweep();
    expect(state.requested).to.deep.equal([{ key: keyOf(1), imagingStudyId, revision: 1, urgency: 'arrival' }]);
    [state.inChart, state.inArchive] = [assessedFrom(10, 1), 'none-seen'];
    for (; state.minute < 60; state.minute += 0.5) await sweep();
    expect(state.requested).to.have.length(1);
    state.inArchive = 'late';
    for (; state.minute < 120; state.minute += 0.5) await sweep();
    expect(state.requested.map(({ key }) => key)).to.deep.equal([keyOf(1), keyOf(2)]);
  });

  it('leaves an archive alone that is not heard, goes on to other studies, and asks the chart no more for it', async () => {
    const { state, sweep } = setUp();
    [state.inChart, state.inArchive, state.others] = [assessedFrom(10, 0), 'not-told', 2];
    await sweep();
    expect([state.looks, state.lookUps]).to.deep.equal([1, 3]);
    for (let turn = 0; turn < 3; turn += 1) await sweep();
    expect([state.looks, state.lookUps]).to.deep.equal([3, 5]);
  });
});
