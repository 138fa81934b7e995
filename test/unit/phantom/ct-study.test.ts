import { expect } from 'chai';
import { data, type NaturalDataset } from 'dcmjs';
import codecs from 'dcmjs-codecs';
import { createCtStudy, type CtStudyOptions, type SyntheticCtStudy } from '../../../src/phantom/ct-study.ts';
import type { SeriesFault, SeriesRequest } from '../../../src/phantom/series-recipe.ts';
import { STORIES, type StoryName } from '../../../src/phantom/stories.ts';
import { prepareCodecs } from '../../../src/phantom/dicom/part10.ts';
import { TRANSFER_SYNTAX_UIDS, type TransferSyntaxName } from '../../../src/phantom/dicom/transfer-syntax.ts';

const { DicomMessage, DicomMetaDictionary } = data;
const tiny = { seed: 7, matrix: 32, sliceCount: 8 } as const;

/**
 * Pixel bytes of a file in any syntax, brought back to explicit little endian by the codecs' own transcoder; dcmjs
 * inflates a deflated file by itself.
 */
function decodePixels(bytes: Uint8Array, syntax: TransferSyntaxName): string {
  if (syntax === 'deflated') {
    const [inflated] = DicomMessage.readFile(Uint8Array.from(bytes).buffer).dict['7FE00010']?.Value as [ArrayBuffer];
    return Buffer.from(inflated).toString('base64');
  }
  const transcoder = new codecs.Transcoder(Uint8Array.from(bytes).buffer);
  transcoder.transcode(TRANSFER_SYNTAX_UIDS['explicit-le']);
  const [pixels] = transcoder.getElements()['PixelData'] as [ArrayBuffer];
  return Buffer.from(pixels).toString('base64');
}

interface ReadFile {
  readonly syntax: unknown;
  readonly dataset: NaturalDataset;
}

function read(bytes: Uint8Array): ReadFile {
  const file = DicomMessage.readFile(Uint8Array.from(bytes).buffer);
  return { syntax: file.meta['00020010']?.Value?.[0], dataset: DicomMetaDictionary.naturalizeDataset(file.dict) };
}

const readAll = (study: SyntheticCtStudy, index = 0): NaturalDataset[] =>
  (study.series[index]?.instances ?? []).map(({ bytes }) => read(bytes).dataset);

async function oneSeries(request: SeriesRequest, more: Partial<CtStudyOptions> = {}): Promise<NaturalDataset[]> {
  return readAll(await createCtStudy({ ...tiny, ...more, series: [request] }));
}

const withFault = (fault: SeriesFault): Promise<NaturalDataset[]> => oneSeries({ role: 'thick-soft', faults: [fault] });
const numbers = (datasets: readonly NaturalDataset[]): number[] => datasets.map((one) => Number(one['InstanceNumber']));
const heights = (datasets: readonly NaturalDataset[]): number[] =>
  datasets.map((one) => Number((one['ImagePositionPatient'] as number[])[2]));

describe('phantom: a CT study as DICOM', () => {
  it('is byte for byte the same for the same seed', async () => {
    const [a, b] = [await createCtStudy(tiny), await createCtStudy(tiny)];
    expect(a.studyInstanceUid).to.equal(b.studyInstanceUid);
    expect(a.series[0]?.instances.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).to.deep.equal(
      b.series[0]?.instances.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    );
  });

  it('has UIDs under 2.25, at most 64 characters, all different (PS3.5 9.1, B.2)', async () => {
    const study = await createCtStudy({ ...tiny, series: [{ role: 'thick-soft' }, { role: 'thick-bone' }] });
    const uids = [
      study.studyInstanceUid,
      ...study.series.flatMap((one) => [
        one.seriesInstanceUid,
        ...one.instances.map(({ sopInstanceUid }) => sopInstanceUid),
      ]),
    ];
    expect(new Set(uids).size).to.equal(uids.length);
    for (const uid of uids) expect(uid).to.match(/^2\.25\.[1-9]\d{0,38}$/);
  });

  it('carries the CT image modules a reader relies on', async () => {
    const [first] = await oneSeries({ role: 'thick-soft' }, { gantryTiltDeg: 18.5 });
    expect(first).to.include({
      Modality: 'CT',
      BodyPartExamined: 'HEAD',
      KVP: 120,
      SliceThickness: 5,
      SpacingBetweenSlices: 5,
      ConvolutionKernel: 'H30s',
      GantryDetectorTilt: 18.5,
      PatientPosition: 'HFS',
      SyntheticData: 'YES',
      Rows: 32,
      Columns: 32,
      RescaleType: 'HU',
    });
    expect(first?.['ImageType']).to.deep.equal(['ORIGINAL', 'PRIMARY', 'AXIAL']);
    expect(first?.['WindowCenter']).to.deep.equal([40, 700]);
    expect((first?.['ImageOrientationPatient'] as number[])[4]).to.be.closeTo(0.948324, 1e-6);
    expect(String(first?.['PatientName'])).to.contain('PHANTOM');
  });

  for (const syntax of Object.keys(TRANSFER_SYNTAX_UIDS) as TransferSyntaxName[]) {
    it(`can be read back bit by bit in ${syntax}`, async () => {
      await prepareCodecs();
      const first = async (transferSyntax: TransferSyntaxName): Promise<Uint8Array> => {
        const study = await createCtStudy({ ...tiny, sliceCount: 2, transferSyntax });
        return study.series[0]?.instances[0]?.bytes ?? new Uint8Array();
      };
      const bytes = await first(syntax);
      const { syntax: written, dataset } = read(bytes);
      expect(written).to.equal(TRANSFER_SYNTAX_UIDS[syntax]);
      expect(dataset).to.include({ Rows: 32, BitsAllocated: 16, Modality: 'CT' });
      expect(decodePixels(bytes, syntax)).to.equal(decodePixels(await first('explicit-le'), 'explicit-le'));
    });
  }

  it('stores the HU of the phantom, whatever the encoding says', async () => {
    for (const encoding of ['signed', 'unsigned-offset', 'unsigned-12bit', 'unsigned-12bit-intercept-0'] as const) {
      const study = await createCtStudy({ ...tiny, series: [{ role: 'thick-soft', encoding }] });
      const [series] = study.series;
      const { dataset } = read(series?.instances[4]?.bytes ?? new Uint8Array());
      const [buffer] = dataset['PixelData'] as [ArrayBuffer];
      const at = 16 * 32 + 16;
      const stored = dataset['PixelRepresentation'] === 1 ? new Int16Array(buffer)[at] : new Uint16Array(buffer)[at];
      const hidden = encoding === 'unsigned-12bit-intercept-0' ? 1024 : 0;
      const hu = (stored ?? 0) + Number(dataset['RescaleIntercept']) - hidden;
      expect(hu, encoding).to.equal(series?.phantom?.hu[4 * 32 * 32 + at]);
    }
  });

  it('marks contrast, bone kernel, localizer, dose report and chest as what they are', async () => {
    const roles = ['contrast', 'thick-bone', 'localizer', 'dose-report', 'chest'] as const;
    const study = await createCtStudy({ ...tiny, series: roles.map((role) => ({ role })) });
    const [contrast, bone, localizer, dose, chest] = study.series.map(
      (one) => read(one.instances[0]?.bytes ?? new Uint8Array()).dataset,
    );
    expect(contrast?.['ContrastBolusAgent']).to.be.a('string');
    expect(bone?.['ConvolutionKernel']).to.equal('H70h');
    expect(localizer?.['ImageType']).to.include('LOCALIZER');
    expect(dose?.['SOPClassUID']).to.equal('1.2.840.10008.5.1.4.1.1.7');
    expect(dose).not.to.have.property('ImagePositionPatient');
    expect(chest).to.include({ BodyPartExamined: 'CHEST' });
  });

  it('writes Enhanced CT with geometry in functional groups only (PS3.3 A.38)', async () => {
    const [enhanced] = await oneSeries({ role: 'enhanced-thick' });
    expect(enhanced).to.include({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1', NumberOfFrames: 8 });
    expect(enhanced).not.to.have.any.keys('ImagePositionPatient', 'RescaleIntercept', 'PixelSpacing');
    expect(enhanced?.['PerFrameFunctionalGroupsSequence']).to.have.lengthOf(8);
  });

  it('turns a coronal series by its direction cosines', async () => {
    const [first] = await oneSeries({ role: 'coronal' });
    expect(first?.['ImageOrientationPatient']).to.deep.equal([1, 0, 0, 0, 0, -1]);
  });
});

describe('phantom: faults by parameter', () => {
  it('leaves a gap', async () => {
    const z = heights(await withFault({ kind: 'missing-slices', at: 3, count: 2 }));
    expect(z).to.have.lengthOf(6);
    expect((z[3] ?? 0) - (z[2] ?? 0)).to.equal(15);
  });

  it('stores a slice twice', async () => {
    const z = heights(await withFault({ kind: 'duplicate-slice', at: 2 }));
    expect(z).to.have.lengthOf(9);
    expect(new Set(z).size).to.equal(8);
  });

  it('mixes spacings with one short step', async () => {
    const z = heights(await withFault({ kind: 'mixed-spacing' }));
    const steps = z.slice(1).map((value, k) => Number((value - (z[k] ?? 0)).toFixed(2)));
    expect(new Set(steps)).to.deep.equal(new Set([4, 1.08, 7]));
  });

  it('numbers from the top down, or at random, without losing a slice', async () => {
    const reversed = await withFault({ kind: 'reversed-order' });
    expect(numbers(reversed)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(heights(reversed)[0]).to.be.greaterThan(heights(reversed)[7] ?? 0);
    const shuffled = heights(await withFault({ kind: 'shuffled-order' }));
    expect([...shuffled].sort((a, b) => a - b)).to.deep.equal([...heights(reversed)].reverse());
    expect(shuffled).not.to.deep.equal([...shuffled].sort((a, b) => a - b));
  });

  it('cuts a file short, or writes none of its pixels', async () => {
    const study = await createCtStudy({
      ...tiny,
      series: [
        {
          role: 'thick-soft',
          faults: [
            { kind: 'truncated-pixels', at: 2, keep: 0.5 },
            { kind: 'no-pixel-data', at: 3 },
          ],
        },
      ],
    });
    const lengths = study.series[0]?.instances.map(({ bytes }) => bytes.length) ?? [];
    expect((lengths[0] ?? 0) - (lengths[2] ?? 0)).to.equal(32 * 32);
    expect(lengths[3]).to.be.lessThan(2000);
  });

  it('names another patient, scans half a head, uses another tube voltage', async () => {
    const [stranger] = await withFault({ kind: 'patient-mismatch' });
    expect(stranger?.['PatientID']).to.equal('PHANTOM-OTHER');
    expect(await withFault({ kind: 'partial-head', part: 'lower' })).to.have.lengthOf(4);
    const [soft] = await oneSeries({ role: 'thick-soft', kvp: 70 });
    expect(soft?.['KVP']).to.equal(70);
  });
});

describe('phantom: stories', () => {
  for (const story of Object.keys(STORIES) as StoryName[]) {
    it(`${story}: its CT shows what the story says`, async () => {
      const study = await createCtStudy({ seed: 7, story, matrix: 64 });
      const bleeds = STORIES[story].lesions.some(({ kind }) => kind !== 'acute-infarct' && kind !== 'old-infarct');
      const [phantom] = study.series.flatMap((one) => (one.phantom === undefined ? [] : [one.phantom]));
      expect(phantom?.truth.hemorrhagePresent).to.equal(bleeds);
      expect(study.series.map(({ role }) => role)).to.deep.equal(STORIES[story].series.map(({ role }) => role));
    });
  }
});
