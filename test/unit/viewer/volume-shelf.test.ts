import { expect } from 'chai';
import { abstain } from '../../../src/assessment/domain/abstention.ts';
import type { CtVolume } from '../../../src/assessment/domain/ct-volume.ts';
import type { CtLoadResult } from '../../../src/assessment/domain/ct-study.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import { createVolumeShelf, type ViewerCtSource } from '../../../src/viewer/volume-shelf.ts';

const volume = { digest: 'seen' } as CtVolume;
type Viewed = Awaited<ReturnType<ViewerCtSource['loadPixelsForViewing']>>;
const loaded: Viewed = { kind: 'volume', volume };
const assessment = (key: string, inputDigest = 'seen') =>
  ({ key, inputDigest, imagingStudyId: 'ct', seriesInstanceUid: '1.2.3' }) as StudyAssessment;
const signal = new AbortController().signal;

function createShelf(load: () => Promise<Viewed>, maximumVolumes = 2, select?: () => Promise<CtLoadResult>) {
  const calls = { count: 0, series: [] as string[] };
  const shelf = createVolumeShelf({
    chart: { readCtStudy: () => Promise.resolve({ imagingStudyId: 'ct' } as never) },
    ctSource: {
      loadHeadCt: () => (select ? select() : Promise.reject(new Error('a series was chosen anew'))),
      loadPixelsForViewing: (_study, seriesInstanceUid) => {
        calls.count += 1;
        calls.series.push(seriesInstanceUid);
        return load();
      },
    },
    maximumVolumes,
  });
  return { shelf, calls };
}

describe('volume shelf', () => {
  it('fetches once for viewers who come at the same time', async () => {
    const { shelf, calls } = createShelf(() => Promise.resolve(loaded));
    await Promise.all([1, 2, 3].map(() => shelf.open(assessment('a'), { signal })));
    expect(calls.count).to.equal(1);
    shelf.clear();
  });

  it('shows the series that was analysed', async () => {
    const { shelf, calls } = createShelf(() => Promise.resolve(loaded));
    await shelf.open(assessment('a'), { signal });
    expect(calls.series).to.deep.equal(['1.2.3']);
    shelf.clear();
  });

  it('says when the archive no longer holds the CT the networks saw', async () => {
    const { shelf } = createShelf(() => Promise.resolve(loaded));
    expect(await shelf.open(assessment('a', 'other'), { signal })).to.include({ isWhatNetworksSaw: false });
    expect(await shelf.open(assessment('b'), { signal })).to.include({ isWhatNetworksSaw: true });
    shelf.clear();
  });

  it('hands on why a CT cannot be shown', async () => {
    const { shelf } = createShelf(() => Promise.resolve(abstain('slice-gap', 'a gap')));
    expect(await shelf.open(assessment('a'), { signal })).to.deep.equal({ kind: 'unavailable', detail: 'a gap' });
    shelf.clear();
  });

  it('hands on why no series was analysed', async () => {
    const refused = { kind: 'refused', abstention: abstain('not-head', 'a chest') } as CtLoadResult;
    const { shelf, calls } = createShelf(
      () => Promise.resolve(loaded),
      2,
      () => Promise.resolve(refused),
    );
    const unanalysed = { key: 'a', imagingStudyId: 'ct' } as StudyAssessment;
    expect(await shelf.open(unanalysed, { signal })).to.deep.equal({ kind: 'unavailable', detail: 'a chest' });
    expect(calls.count).to.equal(0);
    shelf.clear();
  });

  it('does not say of a CT that no network saw that they saw it', async () => {
    const found = { kind: 'volume', volume } as CtLoadResult;
    const { shelf } = createShelf(
      () => Promise.resolve(loaded),
      2,
      () => Promise.resolve(found),
    );
    const unanalysed = { key: 'a', imagingStudyId: 'ct' } as StudyAssessment;
    expect(await shelf.open(unanalysed, { signal })).to.include({ kind: 'volume', isWhatNetworksSaw: false });
    shelf.clear();
  });

  it('tries again after a failure', async () => {
    const answers = [() => Promise.reject(new Error('archive down')), () => Promise.resolve(loaded)];
    const { shelf, calls } = createShelf(() => answers.shift()!());
    const failure = await shelf.open(assessment('a'), { signal }).catch((error: unknown) => error);
    expect(failure).to.have.property('message', 'archive down');
    expect(await shelf.open(assessment('a'), { signal })).to.include({ kind: 'volume' });
    expect(calls.count).to.equal(2);
    shelf.clear();
  });

  it('keeps no more volumes than it may, the oldest goes first', async () => {
    const { shelf, calls } = createShelf(() => Promise.resolve(loaded));
    for (const key of ['a', 'b', 'a', 'c']) await shelf.open(assessment(key), { signal });
    expect(shelf.find('b', { signal })).to.equal(undefined);
    expect(await shelf.find('a', { signal })).to.include({ kind: 'volume' });
    expect(calls.count).to.equal(3);
    shelf.clear();
  });

  it('lets a viewer leave without ending the fetch for the others', async () => {
    let arrive: (result: Viewed) => void = () => undefined;
    const { shelf } = createShelf(() => new Promise((resolve) => (arrive = resolve)));
    const leaving = new AbortController();
    const left = shelf.open(assessment('a'), { signal: leaving.signal }).catch((error: unknown) => error);
    const staying = shelf.open(assessment('a'), { signal });
    leaving.abort(new Error('left'));
    expect(await left).to.have.property('message', 'left');
    arrive(loaded);
    expect(await staying).to.include({ kind: 'volume' });
    shelf.clear();
  });
});
