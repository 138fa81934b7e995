/** The scanner's dose page: a Secondary Capture (PS3.3 A.8.1) with 8-bit pixels and no geometry. */
import { createRandom } from '../random.ts';
import { seriesModules, SOP_CLASS_UIDS, studyModules, type SeriesHeader } from './ct-dataset.ts';
import { writePart10 } from './part10.ts';
import { createUid } from './uid.ts';
import type { CtInstance, SeriesJob } from './series-job.ts';

const SIZE = 256;

/** Rows of word-like bars on black: recognisably a page of text, without pretending to be readable. */
function drawPage(seed: number): Uint8Array {
  const random = createRandom(seed, 'dose-page');
  const page = new Uint8Array(SIZE * SIZE);
  for (let line = 20; line < SIZE - 40; line += 16) {
    for (let x = 12; x < SIZE - 30;) {
      const width = Math.round(random.between(6, 34));
      for (let y = line; y < line + 6; y++) page.fill(220, y * SIZE + x, y * SIZE + Math.min(x + width, SIZE - 12));
      x += width + 6;
      if (random.chance(0.12)) break;
    }
  }
  return page;
}

export function writeDoseReport(job: SeriesJob, series: SeriesHeader): CtInstance {
  const sopInstanceUid = createUid(`${series.seriesInstanceUid}/dose-report`);
  const modules = seriesModules(job.header, series, 'CT');
  delete modules['FrameOfReferenceUID'];
  delete modules['PositionReferenceIndicator'];
  const dataset = {
    ...studyModules(job.header),
    ...modules,
    SOPClassUID: SOP_CLASS_UIDS.secondaryCapture,
    SOPInstanceUID: sopInstanceUid,
    ConversionType: 'WSD',
    ImageType: [...series.recipe.imageType],
    InstanceNumber: '1',
    PatientOrientation: '',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: SIZE,
    Columns: SIZE,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    BurnedInAnnotation: 'NO',
  };
  const format = {
    rows: SIZE,
    columns: SIZE,
    bitsAllocated: 8,
    bitsStored: 8,
    signed: false,
    samplesPerPixel: 1,
  } as const;
  const bytes = writePart10(dataset, [drawPage(job.head.seed)], format, job.request.transferSyntax);
  return { sopInstanceUid, sopClassUid: SOP_CLASS_UIDS.secondaryCapture, instanceNumber: 1, bytes };
}
