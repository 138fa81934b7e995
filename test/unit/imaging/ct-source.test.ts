import { expect } from 'chai';
import type { CtLoadResult } from '../../../src/assessment/domain/ct-study.ts';
import type { CtStudyOptions, SyntheticCtStudy } from '../../../src/phantom/ct-study.ts';
import { createWorkerPool, type WorkerPool } from '../../../src/imaging/workers/worker-pool.ts';
import type { SeriesRequest } from '../../../src/phantom/series-recipe.ts';
import { writeSmallSlice } from '../../support/imaging-files.ts';
import { createImagingScene, inTime, toCtStudy, type ImagingScene } from '../../support/imaging-scene.ts';

describe('imaging/ct-source against a loopback archive', function () {
  // Generous, for a machine that does other work at the same time; nothing here measures time.
  this.timeout(90_000);
  let scene: ImagingScene;
  let seed = 4000;

  before(async () => (scene = await createImagingScene()));
  after(() => scene.close());
  afterEach(() => scene.pacs.setFault(undefined));

  async function load(series: readonly SeriesRequest[], more: Partial<CtStudyOptions> = {}) {
    const { study, made } = await scene.addStudy({ seed: seed++, series, ...more });
    return { made, study, result: await scene.source.loadHeadCt(study, inTime()) };
  }

  function requireVolume(result: CtLoadResult) {
    if (result.kind !== 'volume') throw new Error(`${result.abstention.reason}: ${result.abstention.detail}`);
    return result;
  }

  function expectSamePixels(result: CtLoadResult, made: SyntheticCtStudy, index = 0): void {
    const { volume } = requireVolume(result);
    expect(Buffer.compare(Buffer.from(volume.hu.buffer), Buffer.from(made.series[index]!.phantom!.hu.buffer))).to.equal(
      0,
    );
  }

  const SYNTAXES = [
    'implicit-le',
    'explicit-le',
    'explicit-be',
    'deflated',
    'rle',
    'jpeg-lossless',
    'jpeg-ls',
    'jpeg-2000',
  ] as const;
  for (const transferSyntax of SYNTAXES) {
    it(`gives back every pixel of the phantom: ${transferSyntax}`, async () => {
      const { result, made } = await load([{ role: 'thick-soft', transferSyntax }]);
      expectSamePixels(result, made);
    });
  }

  for (const encoding of ['signed', 'unsigned-offset', 'unsigned-12bit'] as const) {
    it(`gives back every HU stored as ${encoding}`, async () => {
      const { result, made } = await load([{ role: 'thick-soft', encoding }]);
      expectSamePixels(result, made);
    });
  }

  for (const transferSyntax of ['explicit-le', 'jpeg-ls'] as const) {
    it(`reads Enhanced CT, one multi-frame instance: ${transferSyntax}`, async () => {
      const { result, made } = await load([{ role: 'enhanced-thick', transferSyntax }]);
      expectSamePixels(result, made);
    });
  }

  for (const kind of ['reversed-order', 'shuffled-order', 'mixed-spacing'] as const) {
    it(`does not mind ${kind}`, async () => {
      const { result, made } = await load([{ role: 'thick-soft', faults: [{ kind }] }]);
      expectSamePixels(result, made);
    });
  }

  it('keeps gantry tilt in the volume', async () => {
    const { result, made } = await load([{ role: 'thick-soft' }], { gantryTiltDeg: 18 });
    expectSamePixels(result, made);
    expect(requireVolume(result).volume.gantryTiltDeg).to.be.closeTo(18, 0.01);
  });

  it('chooses the 5 mm soft series of a whole study and says why each other one lost', async () => {
    const roles = ['localizer', 'thick-bone', 'thin-soft', 'thick-soft', 'coronal', 'cta', 'dose-report'] as const;
    const { result, made } = await load(roles.map((role) => ({ role })));
    expectSamePixels(result, made, 3);
    expect(result.report.series).to.have.length(7);
    expect(result.report.series.every(({ reasons }) => reasons.length > 0)).to.equal(true);
    expect(result.report.series.filter(({ chosen }) => chosen)).to.have.length(1);
  });

  it('averages a thin series to 5 mm slabs when there is no thick one, close to the thick truth', async () => {
    const { result } = await load([{ role: 'thin-soft' }]);
    const { volume } = requireVolume(result);
    expect(volume.sliceThicknessMm).to.equal(5);
    expect(volume.sourceInstanceUids[3]).to.have.length.at.least(5);
  });

  it('has the same digest every time, and again for viewing', async () => {
    const { study, result } = await load([{ role: 'thin-soft' }]);
    const { volume, seriesInstanceUid } = requireVolume(result);
    const again = requireVolume(await scene.source.loadHeadCt(study, inTime()));
    const viewed = await scene.source.loadPixelsForViewing(study, seriesInstanceUid, inTime());
    expect(again.volume.digest).to.equal(volume.digest);
    expect(viewed).to.have.nested.property('volume.digest', volume.digest);
  });

  it("believes the chart's list of series and does not search then", async () => {
    const { study, made } = await scene.addStudy({ seed: seed++ });
    const searches = scene.pacs.countRequests('search');
    const [series] = made.series;
    const listed = [
      { seriesInstanceUid: series!.seriesInstanceUid, modality: 'CT', numberOfInstances: series!.instances.length },
    ];
    const result = await scene.source.loadHeadCt({ ...study, series: listed }, inTime());
    expectSamePixels(result, made);
    expect(scene.pacs.countRequests('search')).to.equal(searches);
  });

  const REFUSALS: readonly (readonly [SeriesRequest, string])[] = [
    [{ role: 'localizer' }, 'localizer-only'],
    [{ role: 'dose-report' }, 'secondary-capture-only'],
    [{ role: 'thick-bone' }, 'bone-kernel-only'],
    [{ role: 'contrast' }, 'contrast-enhanced'],
    [{ role: 'cta' }, 'contrast-enhanced'],
    [{ role: 'coronal' }, 'no-suitable-series'],
    [{ role: 'chest' }, 'not-head'],
    [{ role: 'thick-soft', kvp: 80 }, 'kvp-out-of-range'],
    [{ role: 'thick-soft', encoding: 'unsigned-12bit-intercept-0' }, 'hounsfield-implausible'],
    [{ role: 'thick-soft', faults: [{ kind: 'missing-slices', at: 10, count: 1 }] }, 'slice-gap'],
    [{ role: 'thick-soft', faults: [{ kind: 'duplicate-slice', at: 4 }] }, 'slice-geometry-inconsistent'],
    [{ role: 'thick-soft', faults: [{ kind: 'truncated-pixels', at: 3, keep: 0.5 }] }, 'pixels-corrupt'],
    [
      { role: 'thick-soft', transferSyntax: 'jpeg-ls', faults: [{ kind: 'truncated-pixels', at: 3, keep: 0.5 }] },
      'pixels-corrupt',
    ],
    [{ role: 'thick-soft', faults: [{ kind: 'no-pixel-data', at: 3 }] }, 'pixels-corrupt'],
    [{ role: 'thick-soft', faults: [{ kind: 'partial-head', part: 'lower' }] }, 'partial-brain'],
    [{ role: 'thick-soft', faults: [{ kind: 'partial-head', part: 'upper' }] }, 'partial-brain'],
  ];
  for (const [request, reason] of REFUSALS) {
    const what = [
      request.role,
      request.transferSyntax,
      request.encoding,
      request.kvp,
      ...(request.faults ?? []).map(({ kind }) => kind),
    ];
    it(`refuses ${what.filter(Boolean).join(', ')}: ${reason}`, async () => {
      const { result } = await load([request]);
      expect(result).to.have.nested.property('abstention.reason', reason);
    });
  }

  it('refuses a CT whose Patient ID is none of the identifiers in the chart, before any pixel moves', async () => {
    const { study } = await scene.addStudy({ seed: seed++ });
    const retrieved = scene.pacs.countRequests('retrieve');
    const result = await scene.source.loadHeadCt({ ...study, patientIdentifiers: ['SOMEBODY-ELSE'] }, inTime());
    expect(result).to.have.nested.property('abstention.reason', 'patient-mismatch');
    expect(scene.pacs.countRequests('retrieve')).to.equal(retrieved);
  });

  it('accepts a CT whose Patient ID is in the chart', async () => {
    const { study, made } = await scene.addStudy({ seed: seed++ });
    const known = { ...study, patientIdentifiers: ['MRN-7', made.patient.patientId] };
    expect(await scene.source.loadHeadCt(known, inTime())).to.have.property('kind', 'volume');
  });

  it('refuses a study of which the PACS holds less than the chart lists', async () => {
    const { study, made } = await scene.addStudy({ seed: seed++ });
    const [series] = made.series;
    const listed = [{ seriesInstanceUid: series!.seriesInstanceUid, modality: 'CT', numberOfInstances: 99 }];
    const result = await scene.source.loadHeadCt({ ...study, series: listed }, inTime());
    expect(result).to.have.nested.property('abstention.reason', 'study-incomplete');
  });

  it('refuses a study with more series than it looks at', async () => {
    const { study } = await scene.addStudy({ seed: seed++, series: [{ role: 'localizer' }, { role: 'localizer' }] });
    const source = scene.createSource({ limits: { maximumSeries: 1 } });
    expect(await source.loadHeadCt(study, inTime())).to.have.nested.property('abstention.reason', 'study-too-large');
  });

  it('does not ask for the metadata of a series larger than it would fetch, and takes the other one', async () => {
    const { study, made } = await scene.addStudy({ seed: seed++, series: [{ role: 'cta' }, { role: 'thick-soft' }] });
    const listed = made.series.map(({ seriesInstanceUid, role }) => ({
      seriesInstanceUid,
      modality: 'CT',
      ...(role === 'cta' ? { numberOfInstances: 9000 } : {}),
    }));
    const asked = scene.pacs.countRequests('metadata');
    const result = await scene.source.loadHeadCt({ ...study, series: listed }, inTime());
    expectSamePixels(result, made, 1);
    expect(scene.pacs.countRequests('metadata')).to.equal(asked + 1);
  });

  it('leaves out a scout that stands in the same series as the stack', async () => {
    const { made, study } = await scene.addStudy({ seed: seed++, series: [{ role: 'thick-soft' }] });
    const [series] = made.series;
    const scout = writeSmallSlice({
      side: 128,
      dataset: {
        SOPInstanceUID: '1.2.3.4.777',
        ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'],
        StudyInstanceUID: made.studyInstanceUid,
        SeriesInstanceUID: series!.seriesInstanceUid,
        PatientID: made.patient.patientId,
        ImageOrientationPatient: [0, 1, 0, 0, 0, -1],
      },
    });
    scene.pacs.store(scout);
    expectSamePixels(await scene.source.loadHeadCt(study, inTime()), made);
  });

  it('uses what is there when another listed series is not in the archive, and says so', async () => {
    const { study, made } = await scene.addStudy({ seed: seed++ });
    const uids = [made.series[0]!.seriesInstanceUid, '1.2.3.999'];
    const series = uids.map((seriesInstanceUid) => ({ seriesInstanceUid, modality: 'CT' }));
    const result = await scene.source.loadHeadCt({ ...study, series }, inTime());
    expectSamePixels(result, made);
    expect(result.report.series[1]?.reasons).to.deep.equal(['not-in-archive: excluded']);
  });

  it('does not refuse for good while a listed series has not arrived', async () => {
    const { study, made } = await scene.addStudy({ seed: seed++, series: [{ role: 'localizer' }] });
    const uids = [made.series[0]!.seriesInstanceUid, '1.2.3.999'];
    const series = uids.map((seriesInstanceUid) => ({ seriesInstanceUid, modality: 'CT' }));
    const thrown: unknown = await scene.source
      .loadHeadCt({ ...study, series }, inTime())
      .catch((error: unknown) => error);
    expect(thrown).to.deep.include({ code: 'study-arriving', retryable: true });
  });

  for (const on of ['search', 'metadata', 'retrieve'] as const) {
    it(`calls a study arriving when the archive answers ${on} with 404`, async () => {
      const { study, made } = await scene.addStudy({ seed: seed++ });
      const series = made.series.map(({ seriesInstanceUid }) => ({ seriesInstanceUid, modality: 'CT' }));
      scene.pacs.setFault({ kind: 'status', status: 404 }, { on });
      const asked = on === 'search' ? study : { ...study, series };
      const thrown: unknown = await scene.source.loadHeadCt(asked, inTime()).catch((error: unknown) => error);
      expect(thrown).to.deep.include({ code: 'study-arriving', retryable: true });
    });
  }

  it('calls a study arriving that the archive does not know', async () => {
    const thrown: unknown = await scene.source
      .loadHeadCt(toCtStudy('1.2.3.77'), inTime())
      .catch((error: unknown) => error);
    expect(thrown).to.deep.include({ code: 'study-arriving', retryable: true });
  });

  const FAULTS = [
    [{ kind: 'status', status: 500 }, 'pacs-unavailable', true],
    [{ kind: 'status', status: 409 }, 'study-arriving', true],
    [{ kind: 'status', status: 403 }, 'pacs-refused', false],
    [{ kind: 'garbage' }, 'pacs-answer-malformed', undefined],
    [{ kind: 'truncated' }, 'pacs-answer-malformed', true],
    [{ kind: 'cut' }, 'pacs-unavailable', true],
    [{ kind: 'hang' }, 'pacs-unavailable', true],
  ] as const;
  for (const [fault, code, retryable] of FAULTS) {
    const name = fault.kind === 'status' ? `status ${String(fault.status)}` : fault.kind;
    it(`throws ${code} when the archive answers the series with: ${name}`, async () => {
      const { study } = await scene.addStudy({ seed: seed++ });
      scene.pacs.setFault(fault, { on: 'retrieve' });
      const source = scene.createSource({ limits: { idleTimeoutMs: 400 } });
      const thrown: unknown = await source.loadHeadCt(study, inTime()).catch((error: unknown) => error);
      expect(thrown).to.have.property('code', code);
      if (retryable !== undefined) expect(thrown).to.have.property('retryable', retryable);
    });
  }

  for (const on of ['search', 'metadata'] as const) {
    it(`throws pacs-answer-malformed when the archive answers ${on} with garbage`, async () => {
      const { study } = await scene.addStudy({ seed: seed++ });
      scene.pacs.setFault({ kind: 'garbage' }, { on });
      const thrown: unknown = await scene.source.loadHeadCt(study, inTime()).catch((error: unknown) => error);
      expect(thrown).to.have.property('code', 'pacs-answer-malformed');
    });
  }

  describe('with a worker that', () => {
    let broken: WorkerPool;
    beforeEach(() => {
      const entry = new URL('../../support/imaging-test-worker.ts', import.meta.url);
      broken = createWorkerPool({ size: 1, taskTimeoutMs: 1_500, maximumHeapMb: 64, entry });
    });
    afterEach(() => broken.close());

    /** Pixels are decoded by a worker that misbehaves, everything else by good ones. */
    async function loadWith(how: string): Promise<unknown> {
      const { study } = await scene.addStudy({ seed: seed++ });
      const run: WorkerPool['run'] = (name, request, options) =>
        name === 'decode-instance'
          ? broken.run(name, { ...request, expected: { patientId: how } } as unknown as typeof request, options)
          : scene.workers.run(name, request, options);
      const source = scene.createSource({ workers: { ...scene.workers, run } });
      return source.loadHeadCt(study, inTime()).catch((error: unknown) => error);
    }

    for (const how of ['hang', 'die', 'throw']) {
      it(`ends in ${how}, it throws: nothing is known about the images`, async () => {
        expect(await loadWith(how)).to.include({ code: 'codec-failed', retryable: true });
      });
    }

    it('cannot decode the bytes, it refuses: the images are damaged', async () => {
      expect(await loadWith('tainted')).to.have.nested.property('abstention.reason', 'pixels-corrupt');
    });
  });

  it('ends with deadline-exceeded when its caller gives up, and works again afterwards', async () => {
    const { study } = await scene.addStudy({ seed: seed++ });
    scene.pacs.setFault({ kind: 'hang' }, { on: 'retrieve' });
    const signal = AbortSignal.timeout(150);
    const thrown: unknown = await scene.source.loadHeadCt(study, { signal }).catch((error: unknown) => error);
    expect(thrown).to.have.property('code', 'deadline-exceeded');
    scene.pacs.setFault(undefined);
    expect(await scene.source.loadHeadCt(study, inTime())).to.have.property('kind', 'volume');
  });

  it('refuses an address outside the allow-list without asking it', async () => {
    const elsewhere = toCtStudy('1.2.3', { wadoRsBaseUrl: 'http://169.254.169.254/dicom-web' });
    const thrown: unknown = await scene.source.loadHeadCt(elsewhere, inTime()).catch((error: unknown) => error);
    expect(thrown).to.have.property('code', 'pacs-not-allowed');
  });
});
