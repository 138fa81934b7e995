import { expect } from 'chai';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { CtStudy, HeldSeries } from '../../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import type { AnalysisJob, Chart } from '../../../src/assessment/domain/ports.ts';
import { createRevisionKey } from '../../../src/assessment/assessment-key.ts';
import { createLateImageWatch, MOST_REVISIONS_BY_ARCHIVE } from '../../../src/assessment/late-image-watch.ts';
import { Fault } from '../../../src/errors.ts';
import { REPORT, STUDY } from '../../support/assessment-parts.ts';

const FIRST_KEY = 'f'.repeat(64);
const UNLISTED: CtStudy = { ...STUDY, series: [] };
const held = (instances: number, digest = 'a'): HeldSeries[] => [{ seriesInstanceUid: '2.25.1', instances, digest }];
const call = { signal: new AbortController().signal };
const settle = () => new Promise((resolve) => setImmediate(resolve));

function assessed(change: Partial<StudyAssessment> = {}): StudyAssessment {
  const { imagingStudyId, studyInstanceUid } = STUDY;
  const about = { key: FIRST_KEY, imagingStudyId, studyInstanceUid, report: REPORT };
  return { ...about, listedSeries: [], heldSeries: held(10), ...change } as StudyAssessment;
}

function asRevision(number: number): StudyAssessment {
  return assessed({ key: createRevisionKey(FIRST_KEY, number), revision: { number, firstKey: FIRST_KEY } });
}

function setUp() {
  const state = {
    readOwn: (() => Promise.resolve(UNLISTED)) as Chart['readCtStudy'],
    inArchive: held(10) as readonly HeldSeries[] | undefined,
    archiveAnswers: Promise.resolve(undefined),
    archiveAsked: 0,
    requested: [] as AnalysisJob[],
    inQueue: [] as string[],
    queueFails: false,
    nowMs: Date.parse('2026-11-23T09:00:00Z'),
  };
  const watch = createLateImageWatch({
    chart: { readCtStudy: (id, options) => state.readOwn(id, options) },
    queue: {
      request: async (job) => void state.requested.push(job),
      findUnknown: (keys) =>
        state.queueFails
          ? Promise.reject(new Fault('queue-unavailable', 'down'))
          : Promise.resolve(keys.filter((key) => !state.inQueue.includes(key))),
    },
    listHeldSeries: async () => {
      state.archiveAsked += 1;
      await state.archiveAnswers;
      return state.inArchive;
    },
    now: () => new Date(state.nowMs),
  });
  return { state, watch };
}

describe('late-image-watch', () => {
  it('sees in the archive what the chart does not list: more images, others, a series that came at last', async () => {
    const { state, watch } = setUp();
    expect(await watch.look(assessed(), call)).to.equal('none-seen');
    for (const now of [held(11), held(10, 'b'), [...held(10), { seriesInstanceUid: '2.25.2', instances: 30 }]]) {
      state.inArchive = now;
      expect(await watch.look(assessed(), call)).to.equal('late');
    }
  });

  it('asks the archive nothing where our own chart lists more already', async () => {
    const { state, watch } = setUp();
    state.readOwn = () => Promise.resolve(STUDY);
    expect(await watch.look(assessed(), call)).to.equal('late');
    expect(state.archiveAsked).to.equal(0);
  });

  it('concludes nothing from silence', async () => {
    const { state, watch } = setUp();
    state.inArchive = undefined;
    expect(await watch.look(assessed(), call)).to.equal('not-told');
    state.readOwn = () => Promise.reject(new Fault('fhir-unavailable', 'down'));
    expect(await watch.look(assessed(), call)).to.equal('not-told');
  });

  it('compares no other study that is filed under the id now, and none that is no head CT any more', async () => {
    const { state, watch } = setUp();
    state.inArchive = held(99);
    const others = [{ ...UNLISTED, studyInstanceUid: '2.25.9' }, abstain('not-head', 'another body part')];
    for (const other of others) {
      state.readOwn = () => Promise.resolve(other);
      expect(await watch.look(assessed(), call)).to.equal('none-seen');
    }
    expect(state.archiveAsked).to.equal(0);
  });

  it('asks no archive about an assessment of before, nor without an end about one that is another one each time', async () => {
    const { state, watch } = setUp();
    state.inArchive = held(99);
    const old = assessed();
    delete (old as { heldSeries?: unknown }).heldSeries;
    expect(await watch.look(old, call)).to.equal('none-seen');
    expect(await watch.look(asRevision(MOST_REVISIONS_BY_ARCHIVE - 1), call)).to.equal('late');
    expect(await watch.look(asRevision(MOST_REVISIONS_BY_ARCHIVE), call)).to.equal('none-seen');
    expect(state.archiveAsked).to.equal(1);
  });

  it('asks for the next assessment where an order was answered and images had come', async () => {
    const { state, watch } = setUp();
    state.inArchive = held(11);
    watch.lookSoon(assessed());
    watch.lookSoon(asRevision(1));
    await settle();
    const { imagingStudyId } = STUDY;
    const key = createRevisionKey(FIRST_KEY, 1);
    // The second look at the same study comes too soon after the first.
    expect(state.requested).to.deep.equal([{ key, imagingStudyId, revision: 1, urgency: 'order' }]);
    state.nowMs += 10_000;
    watch.lookSoon(asRevision(1));
    await settle();
    expect(state.requested.at(-1)).to.include({ key: createRevisionKey(FIRST_KEY, 2), revision: 2 });
  });

  it('asks for nothing where none came or where nobody says, and throws nothing at anybody', async () => {
    const { state, watch } = setUp();
    watch.lookSoon(assessed());
    state.readOwn = () => Promise.reject(new TypeError('a mistake'));
    watch.lookSoon(assessed({ key: '2'.repeat(64) }));
    await settle();
    expect(state.requested).to.deep.equal([]);
  });

  it('asks a slow archive about four studies at the same time, and no more', async () => {
    const { state, watch } = setUp();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    state.archiveAnswers = promise;
    const lookAtTen = () => {
      for (let study = 0; study < 10; study += 1) watch.lookSoon(assessed({ key: String(study).repeat(64) }));
    };
    lookAtTen();
    await settle();
    expect(state.archiveAsked).to.equal(4);
    resolve(undefined);
    await settle();
    lookAtTen();
    await settle();
    expect(state.archiveAsked).to.equal(8);
  });

  it('knows late images without the archive: by the request for the next assessment, and by our own chart', async () => {
    const { state, watch } = setUp();
    expect(await watch.isKnownLate(assessed(), call)).to.equal(false);
    state.inQueue = [createRevisionKey(FIRST_KEY, 1)];
    expect(await watch.isKnownLate(assessed(), call)).to.equal(true);
    expect(await watch.isKnownLate(asRevision(1), call)).to.equal(false);
    state.readOwn = () => Promise.resolve(STUDY);
    state.queueFails = true;
    expect(await watch.isKnownLate(asRevision(1), call)).to.equal(true);
    expect(state.archiveAsked).to.equal(0);
  });
});
