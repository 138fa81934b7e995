/** Proof on a real PACS: the phantom in several transfer syntaxes, and the shared real studies where they are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CtLoadResult, CtStudy } from '../../src/assessment/domain/ct-study.ts';
import { createDicomwebCtSource, type DicomwebCtSource } from '../../src/imaging/ct-source.ts';
import { createImagingWorkers, type WorkerPool } from '../../src/imaging/imaging-workers.ts';
import { createTensorMaker } from '../../src/imaging/tensor-maker.ts';
import { createCtStudy, type CtStudyOptions, type SyntheticCtStudy } from '../../src/phantom/ct-study.ts';
import { TRANSFER_SYNTAX_UIDS } from '../../src/phantom/dicom/transfer-syntax.ts';
import { findMissingOrthanc, startOrthanc, type Orthanc } from '../support/imaging-orthanc.ts';
import { createImagingScene, silent, toCtStudy } from '../support/imaging-scene.ts';
import { skip } from '../support/skip.ts';

const REAL = '../shared/data/head-ct-dicom';
const slowly = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(60_000) });

describe('imaging against Orthanc', function () {
  this.timeout(90_000);
  let orthanc: Orthanc;
  let workers: WorkerPool;
  const started: { close(): Promise<void> }[] = [];
  let source: DicomwebCtSource;

  before(async function () {
    const missing = findMissingOrthanc();
    if (missing !== undefined) skip(this, missing);
    orthanc = await startOrthanc();
    workers = createImagingWorkers();
    started.push(workers, orthanc);
    source = connect(orthanc.password);
  });
  after(async () => {
    for (const part of started) await part.close();
  });

  function connect(password: string): DicomwebCtSource {
    const credentials = { kind: 'basic', username: orthanc.username, password } as const;
    return createDicomwebCtSource({
      endpoints: [{ baseUrl: orthanc.url, credentials, reach: 'loopback' }],
      workers,
      logger: silent,
    });
  }

  async function addStudy(options: CtStudyOptions): Promise<{ study: CtStudy; made: SyntheticCtStudy }> {
    const made = await createCtStudy({ matrix: 128, ...options });
    for (const { bytes } of made.series.flatMap(({ instances }) => instances)) await orthanc.store(bytes);
    return { made, study: toCtStudy(made.studyInstanceUid, { patientIdentifiers: [made.patient.patientId] }) };
  }

  function expectSamePixels(result: CtLoadResult, made: SyntheticCtStudy, index: number): void {
    if (result.kind !== 'volume') throw new Error(`${result.abstention.reason}: ${result.abstention.detail}`);
    const truth = made.series[index]!.phantom!.hu;
    expect(Buffer.compare(Buffer.from(result.volume.hu.buffer), Buffer.from(truth.buffer))).to.equal(0);
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
  for (const [index, transferSyntax] of SYNTAXES.entries()) {
    it(`gives back every pixel stored as ${transferSyntax}, in that syntax`, async () => {
      const { study, made } = await addStudy({ seed: 7100 + index, transferSyntax });
      const result = await source.loadHeadCt(study, slowly());
      expectSamePixels(result, made, 0);
      expect(result.report.acquisition).to.have.property('transferSyntax', TRANSFER_SYNTAX_UIDS[transferSyntax]);
    });
  }

  it('chooses the right series of a whole study and makes the network input from it', async () => {
    const roles = ['localizer', 'thick-bone', 'thick-soft', 'dose-report', 'cta'] as const;
    const { study, made } = await addStudy({ seed: 7200, series: roles.map((role) => ({ role })) });
    const result = await source.loadHeadCt(study, slowly());
    expectSamePixels(result, made, 2);
    if (result.kind !== 'volume') return;
    const contract = JSON.parse(readFileSync('models/inception_v4/0.2.0/contract.json', 'utf8')) as { input: never };
    const input = await createTensorMaker({ workers }).makeInput(result.volume, contract.input, slowly());
    expect(input).to.have.property('sliceIndexes').with.length.above(10);
  });

  it('reads Enhanced CT', async () => {
    const { study, made } = await addStudy({ seed: 7201, series: [{ role: 'enhanced-thick' }] });
    expectSamePixels(await source.loadHeadCt(study, slowly()), made, 0);
  });

  it('is refused with the wrong password, by name', async () => {
    const thrown: unknown = await connect('wrong')
      .loadHeadCt(toCtStudy('1.2.3'), slowly())
      .catch((error: unknown) => error);
    expect(thrown).to.deep.include({ code: 'pacs-refused', retryable: false });
  });

  it('throws a retryable fault for a study that Orthanc does not hold', async () => {
    const study = toCtStudy('1.2.3.4.5.6.7');
    const thrown: unknown = await source.loadHeadCt(study, slowly()).catch((error: unknown) => error);
    expect(thrown).to.deep.include({ code: 'study-arriving', retryable: true });
  });

  it('makes the GE human study (tilt, mixed spacing) a volume with the same digest as our own archive does', async function () {
    if (!existsSync(REAL)) skip(this, 'no shared data beside the checkout');
    const folder = join(REAL, 'ge-human-ncct-tilt');
    const files = readdirSync(folder).filter((name) => name.endsWith('.dcm'));
    const own = await createImagingScene();
    try {
      let uid = '';
      for (const name of files) {
        const bytes = readFileSync(join(folder, name));
        await orthanc.store(bytes);
        uid = own.pacs.store(bytes).studyInstanceUid;
      }
      const [theirs, ours] = [
        await source.loadHeadCt(toCtStudy(uid), slowly()),
        await own.source.loadHeadCt(toCtStudy(uid), slowly()),
      ];
      if (theirs.kind !== 'volume' || ours.kind !== 'volume') throw new Error('the study was refused');
      expect(theirs.volume).to.include({ sliceCount: 28, digest: ours.volume.digest });
      expect(theirs.volume.gantryTiltDeg).to.be.closeTo(18.5, 0.01);
    } finally {
      await own.close();
    }
  });
});
