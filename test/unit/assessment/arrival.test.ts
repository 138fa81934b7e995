import { expect } from 'chai';
import { createStudyAssessor } from '../../../src/assessment/assess-study.ts';
import { abstain, type AbstentionReason } from '../../../src/assessment/domain/abstention.ts';
import type { CtLoadResult, CtReport, CtStudy } from '../../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import { Fault } from '../../../src/errors.ts';
import {
  INPUT,
  makeEngine,
  makeEnsemble,
  makeLoadedCt,
  makeNetwork,
  REPORT,
  STUDY,
  UNDATED_STUDY,
} from '../../support/assessment-parts.ts';

const signal = new AbortController().signal;
const T0 = Date.parse('2026-11-23T09:00:00Z');
const at = (seconds: number): string => new Date(T0 + seconds * 1_000).toISOString();
const UNCOUNTED: CtStudy = { ...STUDY, series: [] };

function holding(instanceCount: number): CtReport {
  const one = { seriesInstanceUid: '2.25.2002', description: '', instanceCount, reasons: [], chosen: true };
  return { ...REPORT, series: [one] };
}

const volume = (instanceCount = 10): CtLoadResult => ({ ...makeLoadedCt(), report: holding(instanceCount) });
const refusal = (reason: AbstentionReason, instanceCount = 10): CtLoadResult => ({
  kind: 'refused',
  abstention: abstain(reason, 'as the archive is now'),
  report: holding(instanceCount),
});

function setUp() {
  const recorded: StudyAssessment[] = [];
  let clock = T0;
  let ct = volume();
  const engine = makeEngine(makeEnsemble([makeNetwork('a')]), { a: [2, 3, 1] });
  const assess = createStudyAssessor({
    ctSource: { loadHeadCt: () => Promise.resolve(ct) },
    listHeldSeries: () => Promise.resolve(undefined),
    tensorMaker: { makeInput: () => Promise.resolve(INPUT) },
    engine,
    evidence: { save: () => Promise.resolve(), find: () => Promise.resolve(undefined) },
    record: async (assessment) => void recorded.push(assessment),
    minimumEvidence: 'research',
    now: () => new Date(clock),
  });
  /** One attempt of the job that was put into the queue at T0. */
  const attempt = async (
    seconds: number,
    study: CtStudy,
    found: CtLoadResult,
    isChartBehind = false,
  ): Promise<Fault | undefined> => {
    [clock, ct] = [T0 + seconds * 1_000, found];
    try {
      await assess(study, { signal, askedAt: new Date(T0), isChartBehind });
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return error;
      throw error;
    }
  };
  return { attempt, recorded, engine };
}

describe('a study that is still arriving (ADR 0006)', () => {
  for (const reason of ['localizer-only', 'partial-brain', 'too-few-slices', 'no-suitable-series'] as const) {
    it(`is not refused for good as ${reason} while the chart still changes`, async () => {
      const { attempt, recorded } = setUp();
      const study = { ...STUDY, changedAt: at(-20) };
      expect(await attempt(0, study, refusal(reason, 3))).to.include({
        code: 'study-arriving',
        retryable: true,
        retryAfterMs: 70_000,
      });
      expect(recorded).to.deep.equal([]);
    });
  }

  it('is not called negative while its top slices may be missing: no network runs, nothing is recorded', async () => {
    const { attempt, recorded, engine } = setUp();
    const fault = await attempt(0, { ...STUDY, changedAt: at(-5) }, volume(9));
    expect(fault).to.have.property('code', 'study-arriving');
    expect([recorded.length, engine.runs]).to.deep.equal([0, 0]);
  });

  it('is judged by what it holds in the end', async () => {
    const { attempt, recorded } = setUp();
    await attempt(0, { ...STUDY, changedAt: at(-5) }, refusal('partial-brain', 6));
    await attempt(90, { ...STUDY, changedAt: at(30) }, volume());
    expect(recorded).to.deep.equal([]);
    expect(await attempt(125, { ...STUDY, changedAt: at(30) }, volume())).to.equal(undefined);
    expect(recorded[0]?.findings[0]).to.have.property('kind', 'estimate');
  });

  it('is judged at the first look when the chart has not changed for 90 s, however young the scan', async () => {
    const { attempt, recorded } = setUp();
    expect(await attempt(0, { ...STUDY, startedAt: at(-100), changedAt: at(-90) }, volume())).to.equal(undefined);
    expect(recorded).to.have.length(1);
  });

  it('is not waited for longer because our clock was set back between two looks', async () => {
    const { attempt, recorded } = setUp();
    await attempt(3_000, UNCOUNTED, volume());
    const fault = await attempt(60, UNCOUNTED, volume());
    expect(fault).to.include({ code: 'study-arriving', retryAfterMs: 90_000 });
    expect(await attempt(150, UNCOUNTED, volume())).to.equal(undefined);
    expect(recorded).to.have.length(1);
  });

  it('is waited for however long ago it was scanned: a transfer from another hospital', async () => {
    const { attempt } = setUp();
    const transfer = { ...STUDY, startedAt: at(-2 * 3_600), changedAt: at(-10) };
    for (const found of [refusal('study-incomplete', 5), refusal('partial-brain', 8), volume(9)]) {
      expect(await attempt(0, transfer, found)).to.have.property('code', 'study-arriving');
    }
  });

  it('is waited for as long as the chart lists images that the archive does not hold, up to an hour', async () => {
    const { attempt, recorded } = setUp();
    const missing = refusal('study-incomplete', 5);
    for (const seconds of [0, 600, 3_599]) {
      expect(await attempt(seconds, STUDY, missing)).to.have.property('code', 'study-arriving');
    }
    expect(await attempt(3_600, STUDY, missing)).to.equal(undefined);
    expect(recorded[0]?.findings[0]).to.deep.include({ reason: 'study-incomplete' });
  });

  for (const [name, study] of [
    ['says no date', UNDATED_STUDY],
    ['counts no images', UNCOUNTED],
    ['is ahead of our clock', { ...STUDY, changedAt: at(3_000) }],
  ] as const) {
    it(`is judged by two looks at the archive where the chart ${name}`, async () => {
      const { attempt, recorded } = setUp();
      expect(await attempt(0, study, volume(9))).to.include({ code: 'study-arriving', retryAfterMs: 90_000 });
      expect(await attempt(90, study, volume(10))).to.include({ code: 'study-arriving', retryAfterMs: 90_000 });
      expect(await attempt(150, study, volume(10))).to.include({ code: 'study-arriving', retryAfterMs: 30_000 });
      expect(recorded).to.deep.equal([]);
      expect(await attempt(180, study, volume(10))).to.equal(undefined);
      expect(recorded).to.have.length(1);
    });
  }

  it('is not judged by a date of the chart that the archive has outgrown', async () => {
    const { attempt } = setUp();
    await attempt(0, { ...STUDY, changedAt: at(-60) }, volume(8));
    expect(await attempt(60, { ...STUDY, changedAt: at(-60) }, volume(9))).to.have.property('code', 'study-arriving');
  });

  it('is not judged by a date of the chart where images came of which the chart does not know', async () => {
    const { attempt } = setUp();
    expect(await attempt(0, STUDY, volume(9), true)).to.include({ code: 'study-arriving', retryAfterMs: 90_000 });
    expect(await attempt(90, STUDY, volume(9), true)).to.equal(undefined);
  });

  it('is judged as it is when it has been asked for an hour, though it never stood still', async () => {
    const { attempt, recorded } = setUp();
    for (const seconds of [0, 1_800, 3_599]) {
      const study = { ...STUDY, changedAt: at(seconds - 1) };
      expect(await attempt(seconds, study, volume(seconds))).to.have.property('code', 'study-arriving');
    }
    expect(await attempt(3_600, { ...STUDY, changedAt: at(3_599) }, volume(3_600))).to.equal(undefined);
    expect(recorded).to.have.length(1);
  });
});
