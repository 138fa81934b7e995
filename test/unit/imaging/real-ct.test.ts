/** Real scanners' files, where ../shared/data is beside the checkout; never copied, never shown. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { data } from 'dcmjs';
import { decodeFrame, prepareCodec } from '../../../src/imaging/decode/frame-decoder.ts';
import { readPart10 } from '../../../src/imaging/decode/part10-reader.ts';
import { splitEncapsulatedFrames, splitNativeFrames } from '../../../src/imaging/decode/pixel-frames.ts';
import { readPixelLayout, toStoredValue } from '../../../src/imaging/decode/pixel-layout.ts';
import { createImagingScene, inTime, toCtStudy, type ImagingScene } from '../../support/imaging-scene.ts';
import { skip } from '../../support/skip.ts';

const ROOT = '../shared/data/head-ct-dicom';

function findFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.dcm'))
    .sort();
}

/** Stored values, straight from the pixel cells. */
function decodeFile(path: string): Int32Array {
  const { dataset, pixelData, transferSyntax } = readPart10(readFileSync(path), { maximumInflatedBytes: 1 << 26 });
  if (!pixelData) throw new Error('no pixels');
  const layout = readPixelLayout(dataset);
  const [frame] =
    transferSyntax.codec === 'native'
      ? splitNativeFrames(pixelData, 1, layout.rows * layout.columns * 2)
      : splitEncapsulatedFrames(pixelData, 1, dataset);
  return Int32Array.from(decodeFrame(frame!, transferSyntax, layout), (cell) => toStoredValue(cell, layout));
}

const worstDifference = (a: Int32Array, b: Int32Array): number =>
  a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - b[index]!)), 0);

describe('imaging on real CT', function () {
  // Generous, for a machine that does other work at the same time; nothing here measures time.
  this.timeout(90_000);
  let made: ImagingScene | undefined;
  let scene: ImagingScene;

  before(async function () {
    if (!existsSync(ROOT)) skip(this, 'no shared data beside the checkout');
    scene = made = await createImagingScene();
    await prepareCodec('jpeg-ls');
    await prepareCodec('jpeg-2000');
  });
  after(() => made?.close());

  function store(folder: string): string {
    const studies = findFiles(folder).map((path) => scene.pacs.store(readFileSync(path)).studyInstanceUid);
    return studies[0]!;
  }

  it('makes a correct volume of a GE head with tilt, 4 and 7 mm slices and one 1.08 mm step', async () => {
    const folder = join(ROOT, 'ge-human-ncct-tilt');
    const result = await scene.source.loadHeadCt(toCtStudy(store(folder)), inTime());
    if (result.kind !== 'volume') throw new Error(`${result.abstention.reason}: ${result.abstention.detail}`);
    const { volume } = result;
    expect(volume).to.include({ rows: 512, columns: 512, sliceCount: 28 });
    expect(volume.gantryTiltDeg).to.be.closeTo(18.5, 0.01);
    const steps = volume.slicePositionsMm.slice(1).map((at, index) => at - volume.slicePositionsMm[index]!);
    expect(steps[0]).to.be.closeTo(4, 0.01);
    expect(steps[13]).to.be.closeTo(1.081, 0.001);
    expect(steps[20]).to.be.closeTo(7, 0.01);

    // The oracle: dcmjs reads the files, the table position orders them, padding -1500 and less is -1024.
    const slices = findFiles(folder)
      .map((path) => data.DicomMessage.readFile(readFileSync(path).buffer.slice(0)).dict)
      .sort((a, b) => Number(a['00200032']!.Value![2]) - Number(b['00200032']!.Value![2]));
    for (const [index, slice] of slices.entries()) {
      const cells = new Int16Array(slice['7FE00010']!.Value![0] as ArrayBuffer);
      const expected = cells.map((value) => Math.max(-1024, value));
      const own = volume.hu.subarray(index * 512 * 512, (index + 1) * 512 * 512);
      expect(Buffer.compare(Buffer.from(own), Buffer.from(expected)), `slice ${String(index)}`).to.equal(0);
    }
  });

  it('passes the GE head through the quality gate with plausible measures', async () => {
    const result = await scene.source.loadHeadCt(toCtStudy(store(join(ROOT, 'ge-human-ncct-tilt'))), inTime());
    expect(result.report.quality.filter(({ outcome }) => outcome === 'failed')).to.deep.equal([]);
    expect(result.report.quality.find(({ code }) => code === 'brain-density')?.measured).to.match(/median (2|3)\d HU/);
  });

  const PHILIPS = [
    ['S21570_S1000_localizer', 'localizer-only', 'localizer'],
    ['S21570_S4010_secondary_capture', 'secondary-capture-only', 'secondary-capture'],
    ['S21570_S2030_bone1mm_subset', 'bone-kernel-only', 'bone-kernel'],
    // Ten slices through a plastic head in a stereotactic frame: series selection takes it, its pixels do not pass.
    ['S21610_S2010_tilt-18.5_subset', 'not-head', undefined],
  ] as const;
  for (const [folder, reason, rule] of PHILIPS) {
    it(`refuses ${folder}: ${reason}`, async () => {
      const pacs = await createImagingScene();
      try {
        const files = findFiles(join(ROOT, 'philips-phantom', folder));
        const uid = files.map((path) => pacs.pacs.store(readFileSync(path)).studyInstanceUid)[0]!;
        const result = await pacs.source.loadHeadCt(toCtStudy(uid), inTime());
        expect(result).to.have.nested.property('abstention.reason', reason);
        if (rule !== undefined) expect(result.report.series[0]?.reasons.at(-1)).to.equal(`${rule}: excluded`);
      } finally {
        await pacs.close();
      }
    });
  }

  it('chooses the soft 5 mm series of the whole Philips study', async () => {
    const archive = join(ROOT, 'philips-phantom/S21570_S2010_std_brain_5mm_28slices.tar.xz');
    const folder = mkdtempSync(join(tmpdir(), 'philips-'));
    const pacs = await createImagingScene();
    try {
      execFileSync('tar', ['-xJf', archive, '-C', folder]);
      const others = ['S1000_localizer', 'S2030_bone1mm_subset', 'S4010_secondary_capture'];
      const folders = [join(folder, 'S2010'), ...others.map((name) => join(ROOT, `philips-phantom/S21570_${name}`))];
      const paths = folders
        .flatMap((one) => readdirSync(one).map((name) => join(one, name)))
        .filter((path) => !path.endsWith('DIRFILE'));
      const [uid = ''] = paths.map((path) => pacs.pacs.store(readFileSync(path)).studyInstanceUid);
      const result = await pacs.source.loadHeadCt(toCtStudy(uid), inTime());
      const chosen = result.report.series.find((series) => series.chosen);
      expect(chosen?.instanceCount, JSON.stringify(result.report.series.map(({ reasons }) => reasons))).to.equal(28);
    } finally {
      await pacs.close();
      rmSync(folder, { recursive: true });
    }
  });

  const TOSHIBA = join(ROOT, 'transfer-syntaxes/wg04_CT2_head_contrast_toshiba/CT2_');
  for (const name of ['J2KR', 'JLSL', 'JPLL', 'RLE']) {
    it(`decodes Toshiba ${name} bit-exactly`, () => {
      expect(worstDifference(decodeFile(`${TOSHIBA}${name}.dcm`), decodeFile(`${TOSHIBA}UNC.dcm`))).to.equal(0);
    });
  }
  for (const [name, bound] of [
    ['JLSN', 4],
    ['J2KI', 402],
  ] as const) {
    it(`decodes lossy Toshiba ${name} within the difference gdcm has`, () => {
      expect(worstDifference(decodeFile(`${TOSHIBA}${name}.dcm`), decodeFile(`${TOSHIBA}UNC.dcm`))).to.equal(bound);
    });
  }

  const CQ500 = join(ROOT, 'transfer-syntaxes/cq500_ct310_sdh_pydicom693/693_');
  for (const kind of ['R', 'I']) {
    it(`decodes CQ500 J2K${kind} bit-exactly against the file pydicom ships uncompressed`, () => {
      expect(worstDifference(decodeFile(`${CQ500}J2K${kind}.dcm`), decodeFile(`${CQ500}UNC${kind}.dcm`))).to.equal(0);
    });
  }
});
