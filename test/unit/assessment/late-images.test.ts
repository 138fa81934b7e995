import { expect } from 'chai';
import fc from 'fast-check';
import type { CtStudy, HeldSeries, SeriesVerdict } from '../../../src/assessment/domain/ct-study.ts';
import { hasLateImages, hasLateImagesInArchive } from '../../../src/assessment/late-images.ts';
import { REPORT, STUDY } from '../../support/assessment-parts.ts';

type Series = CtStudy['series'];

const CT = { seriesInstanceUid: '2.25.1', modality: 'CT', numberOfInstances: 10 };
const held = (...series: readonly (readonly [uid: string, count: number])[]): SeriesVerdict[] =>
  series.map(([seriesInstanceUid, instanceCount]) => ({
    ...{ seriesInstanceUid, instanceCount },
    ...{ description: '', reasons: [], chosen: false },
  }));
const assessed = (listedSeries: Series | undefined, series: readonly SeriesVerdict[] = []) => ({
  imagingStudyId: STUDY.imagingStudyId,
  report: { ...REPORT, series },
  ...(listedSeries && { listedSeries }),
});
const isLate = (now: Series, ...then: Parameters<typeof assessed>) =>
  hasLateImages({ ...STUDY, series: now }, assessed(...then));

describe('images that came after an assessment', () => {
  it('are a CT series that was not listed, and more images of one that was', () => {
    expect(isLate([CT, { ...CT, seriesInstanceUid: '2.25.2' }], [CT])).to.equal(true);
    expect(isLate([{ ...CT, numberOfInstances: 11 }], [CT])).to.equal(true);
    expect(isLate([CT, { seriesInstanceUid: '2.25.2', modality: 'CT' }], [CT])).to.equal(true);
    expect(isLate([CT], [])).to.equal(true);
  });

  it('are not our own results, nor reports, maps and other kinds, however many', () => {
    const others = ['SR', 'OT', 'SEG', 'PR', 'MR'].map((modality, index) => ({
      ...{ seriesInstanceUid: `2.25.9${String(index)}`, modality, numberOfInstances: 40 },
    }));
    expect(isLate([CT, ...others], [CT])).to.equal(false);
    expect(isLate([CT, { seriesInstanceUid: '2.25.99', numberOfInstances: 40 }], [CT])).to.equal(false);
  });

  it('are not what the archive already held when the chart had not listed it yet', () => {
    const now = [{ ...CT, numberOfInstances: 30 }];
    expect(isLate(now, [CT], held(['2.25.1', 30]))).to.equal(false);
    expect(isLate(now, [], held(['2.25.1', 30]))).to.equal(false);
    expect(isLate([{ ...CT, numberOfInstances: 31 }], [CT], held(['2.25.1', 30]))).to.equal(true);
  });

  it('are not a list that shrank, that lost its counts, or that is no list', () => {
    const uncounted = { seriesInstanceUid: CT.seriesInstanceUid, modality: CT.modality };
    expect(isLate([], [CT])).to.equal(false);
    expect(isLate([uncounted], [CT])).to.equal(false);
    expect(isLate([{ ...CT, numberOfInstances: 9 }], [CT])).to.equal(false);
    expect(isLate([{ ...CT, seriesInstanceUid: '2.25.2', numberOfInstances: 0 }], [CT])).to.equal(false);
  });

  it('of the same DICOM study filed under another id are not compared: two lists need not agree', () => {
    expect(hasLateImages({ ...STUDY, imagingStudyId: 'ct-2', series: [CT, CT] }, assessed([]))).to.equal(false);
  });

  it('after an assessment that kept no list: only a series that it does not name', () => {
    expect(isLate([{ ...CT, numberOfInstances: 99 }], undefined, held(['2.25.1', 10]))).to.equal(false);
    expect(isLate([CT, { ...CT, seriesInstanceUid: '2.25.2' }], undefined, held(['2.25.1', 10]))).to.equal(true);
    expect(isLate([CT], undefined)).to.equal(false);
  });

  it('never ask again for the very list that was answered, whatever it and the archive said', () => {
    const series = fc.array(
      fc.record(
        {
          seriesInstanceUid: fc.constantFrom('2.25.1', '2.25.2', '2.25.3'),
          modality: fc.constantFrom('CT', 'SR', 'OT'),
          numberOfInstances: fc.nat(5),
        },
        { requiredKeys: ['seriesInstanceUid'] },
      ),
    );
    const archive = fc.array(fc.tuple(fc.constantFrom('2.25.1', '2.25.4'), fc.nat(5)));
    fc.assert(fc.property(series, archive, (list, found) => !isLate(list as Series, list as Series, held(...found))));
  });
});

describe('images that the archive got after an assessment', () => {
  const CT_HELD: HeldSeries = { seriesInstanceUid: '2.25.1', instances: 10, digest: 'a' };
  const isLateInArchive = (now: readonly HeldSeries[], heldSeries: readonly HeldSeries[] | undefined) =>
    hasLateImagesInArchive(now, heldSeries === undefined ? {} : { heldSeries });

  it('are a series it did not hold, and more images of one it held', () => {
    expect(isLateInArchive([CT_HELD, { seriesInstanceUid: '2.25.2', instances: 1 }], [CT_HELD])).to.equal(true);
    expect(isLateInArchive([{ ...CT_HELD, instances: 11, digest: 'b' }], [CT_HELD])).to.equal(true);
    expect(isLateInArchive([CT_HELD], [])).to.equal(true);
  });

  it('are as many others: exchanged one for one', () => {
    expect(isLateInArchive([{ ...CT_HELD, digest: 'b' }], [CT_HELD])).to.equal(true);
  });

  it('are not fewer: a replica of the archive that lags must not make assessments without an end', () => {
    expect(isLateInArchive([{ ...CT_HELD, instances: 9, digest: 'b' }], [CT_HELD])).to.equal(false);
    expect(isLateInArchive([], [CT_HELD])).to.equal(false);
  });

  it('are not a list that is no longer whole, an empty series, or what an older assessment does not know', () => {
    const cut = { seriesInstanceUid: '2.25.1', instances: 10 };
    expect(isLateInArchive([cut], [CT_HELD])).to.equal(false);
    expect(isLateInArchive([CT_HELD], [cut])).to.equal(false);
    expect(isLateInArchive([CT_HELD, { seriesInstanceUid: '2.25.2', instances: 0 }], [CT_HELD])).to.equal(false);
    expect(isLateInArchive([CT_HELD], undefined)).to.equal(false);
  });

  it('never ask again for the very answer that the assessment keeps, whatever it is', () => {
    const held = fc.uniqueArray(
      fc
        .tuple(fc.constantFrom('2.25.1', '2.25.2', '2.25.3'), fc.nat(3), fc.constantFrom('a', 'b', undefined))
        .map(([seriesInstanceUid, instances, digest]): HeldSeries => ({
          ...{ seriesInstanceUid, instances },
          ...(digest !== undefined && { digest }),
        })),
      { selector: ({ seriesInstanceUid }) => seriesInstanceUid },
    );
    fc.assert(fc.property(held, (answer) => !isLateInArchive(answer, answer)));
  });
});
