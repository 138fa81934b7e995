/** What an archive says it holds (QIDO-RS), against the loopback archive and one that answers as it is told. */
import { expect } from 'chai';
import type { CtStudy } from '../../../src/assessment/domain/ct-study.ts';
import { writeSmallSlice } from '../../support/imaging-files.ts';
import { createRawPacs } from '../../support/imaging-raw-pacs.ts';
import { createImagingScene, inTime, toCtStudy, type ImagingScene } from '../../support/imaging-scene.ts';

describe('imaging/held-series', function () {
  this.timeout(90_000);
  let scene: ImagingScene;
  before(async () => (scene = await createImagingScene()));
  after(() => scene.close());

  const list = (study: CtStudy) => scene.source.listHeldSeries(study, inTime());
  /** One image per SOP Instance UID; what the archive held of the study before is gone. */
  function hold(
    study: string,
    ...series: readonly (readonly [uid: string, images: readonly string[], kind?: string])[]
  ) {
    scene.pacs.removeStudy(study);
    for (const [SeriesInstanceUID, images, Modality = 'CT'] of series) {
      for (const SOPInstanceUID of images) {
        const dataset = { StudyInstanceUID: study, SeriesInstanceUID, SOPInstanceUID, Modality };
        scene.pacs.store(writeSmallSlice({ dataset }));
      }
    }
    return toCtStudy(study);
  }

  it('counts every CT series with a digest of its images, the same in whatever order they were stored', async () => {
    const study = hold('2.25.10', ['2.25.11', ['2.25.111', '2.25.112']], ['2.25.12', ['2.25.121']]);
    const held = await list(study);
    expect(held.map((one) => [one.seriesInstanceUid, one.instances])).to.have.deep.members([
      ['2.25.11', 2],
      ['2.25.12', 1],
    ]);
    for (const { digest } of held) expect(digest).to.match(/^[0-9a-f]{64}$/);
    hold('2.25.10', ['2.25.12', ['2.25.121']], ['2.25.11', ['2.25.112', '2.25.111']]);
    expect(await list(study)).to.have.deep.members([...held]);
  });

  it('tells images that were exchanged one for one, and more of them', async () => {
    const study = hold('2.25.20', ['2.25.21', ['2.25.211', '2.25.212']]);
    const [before] = await list(study);
    hold('2.25.20', ['2.25.21', ['2.25.211', '2.25.213']]);
    const [exchanged] = await list(study);
    expect([exchanged!.instances, exchanged!.digest === before!.digest]).to.deep.equal([2, false]);
    hold('2.25.20', ['2.25.21', ['2.25.211', '2.25.212', '2.25.213']]);
    expect((await list(study))[0]!.instances).to.equal(3);
  });

  it('leaves out our own results and other kinds', async () => {
    const study = hold(
      '2.25.30',
      ['2.25.31', ['2.25.311']],
      ['2.25.32', ['2.25.321'], 'SR'],
      ['2.25.33', ['2.25.331'], 'OT'],
    );
    expect((await list(study)).map((one) => one.seriesInstanceUid)).to.deep.equal(['2.25.31']);
  });

  it('keeps to what an analysis reads: where the chart lists series, its CT series, and of those what has arrived', async () => {
    const study = hold('2.25.40', ['2.25.41', ['2.25.411']], ['2.25.42', ['2.25.421']], ['2.25.43', ['2.25.431']]);
    const series = [
      { seriesInstanceUid: '2.25.41', modality: 'CT' },
      { seriesInstanceUid: '2.25.42', modality: 'SR' },
      { seriesInstanceUid: '2.25.404', modality: 'CT', numberOfInstances: 30 },
    ];
    const listed = (await list({ ...study, series })).map((one) => one.seriesInstanceUid);
    expect(listed).to.deep.equal(['2.25.41']);
    expect(await list(toCtStudy('2.25.4040'))).to.deep.equal([]);
  });

  it('makes no digest of a list that was cut or that nobody counted, and asks for none of a huge series', async () => {
    const asked: string[] = [];
    const text = (value: unknown) => ({ vr: 'XX', Value: [value] });
    const series = [
      { '0020000E': text('2.25.1'), '00080060': text('CT'), '00201209': text(3) },
      { '0020000E': text('2.25.2'), '00080060': text('CT') },
      { '0020000E': text('2.25.3'), '00080060': text('CT'), '00201209': text(100_000) },
    ];
    const pacs = await createRawPacs(({ url = '' }, response) => {
      asked.push(url);
      const two = ['2.25.91', '2.25.92', '2.25.92'].map((uid) => ({ '00080018': text(uid) }));
      response.setHeader('content-type', 'application/dicom+json');
      response.end(JSON.stringify(url.endsWith('/instances') ? two : series));
    });
    const endpoint = { baseUrl: pacs.url, credentials: { kind: 'none' }, reach: 'loopback' } as const;
    const held = await scene.createSource({ endpoints: [endpoint] }).listHeldSeries(toCtStudy('2.25.5'), inTime());
    await pacs.close();
    expect(held).to.deep.equal([
      { seriesInstanceUid: '2.25.1', instances: 3 },
      { seriesInstanceUid: '2.25.2', instances: 2 },
      { seriesInstanceUid: '2.25.3', instances: 100_000 },
    ]);
    expect(asked.filter((url) => url.endsWith('/instances'))).to.have.length(2);
  });
});
