/** One series of a synthetic study as Part 10 files: plans it, scans it, writes each image. */
import { createRandom } from '../random.ts';
import type { HeadPhantom } from '../head-phantom.ts';
import { planSeries, type PlannedImage, type SeriesPlan } from '../series-plan.ts';
import { SERIES_RECIPES } from '../series-recipe.ts';
import { ctImageDataset, type ImagePlane, type SeriesHeader } from './ct-dataset.ts';
import { writeDoseReport } from './dose-report.ts';
import { writeEnhancedCt } from './enhanced-ct.ts';
import { writeLocalizer } from './localizer.ts';
import { writePart10 } from './part10.ts';
import { encodePixels, frameFormat, type PixelEncoding } from './pixel-encoding.ts';
import type { CtInstance, CtSeries, SeriesJob } from './series-job.ts';
import { createUid } from './uid.ts';

function seriesHeader({ header, request, head, seriesNumber }: SeriesJob): SeriesHeader {
  const recipe = SERIES_RECIPES[request.role];
  return {
    seriesInstanceUid: createUid(`${header.studyInstanceUid}/series/${String(seriesNumber)}`),
    seriesNumber,
    recipe,
    description: request.description ?? recipe.description,
    kvp: request.kvp ?? recipe.kvp,
    gantryTiltDeg: request.role === 'coronal' ? 0 : (head.gantryTiltDeg ?? 0),
    startsAfterS: 30 * seriesNumber,
  };
}

export function writeSeries(job: SeriesJob): CtSeries {
  const series = seriesHeader(job);
  const named = {
    seriesInstanceUid: series.seriesInstanceUid,
    seriesNumber: series.seriesNumber,
    modality: 'CT',
    description: series.description,
    role: job.request.role,
  };
  if (job.request.role === 'dose-report') return { ...named, instances: [writeDoseReport(job, series)] };
  const random = createRandom(job.head.seed, `order/${String(job.seriesNumber)}`);
  const plan = planSeries(job.request, job.head, random.next);
  const { phantom } = plan;
  if (job.request.role === 'localizer') return { ...named, instances: [writeLocalizer(job, series, phantom)], phantom };
  if (job.request.role === 'enhanced-thick') {
    return { ...named, instances: [writeEnhancedCt(job, series, phantom)], phantom };
  }
  return { ...named, instances: writeImages(job, series, plan), phantom };
}

/** Where one slice of a phantom lies. */
export function imagePlane(phantom: HeadPhantom, sliceIndex: number): ImagePlane {
  const positionMm = phantom.positionsMm[sliceIndex] ?? [0, 0, 0];
  return {
    rows: phantom.rows,
    columns: phantom.columns,
    pixelSpacingMm: phantom.pixelSpacingMm,
    positionMm,
    orientation: phantom.orientation,
    sliceThicknessMm: phantom.sliceThicknessMm,
    sliceSpacingMm: phantom.sliceSpacingMm,
    sliceLocationMm: phantom.tablePositionsMm[sliceIndex] ?? positionMm[2],
  };
}

function writeImages(job: SeriesJob, series: SeriesHeader, plan: SeriesPlan): CtInstance[] {
  const header = plan.patientMismatch
    ? { ...job.header, patient: { ...job.header.patient, patientId: 'PHANTOM-OTHER', patientName: 'PHANTOM^OTHER' } }
    : job.header;
  return plan.images
    .map((image) => writeImage({ ...job, header }, series, plan.phantom, image))
    .sort((a, b) => a.instanceNumber - b.instanceNumber);
}

function writeImage(job: SeriesJob, series: SeriesHeader, phantom: HeadPhantom, image: PlannedImage): CtInstance {
  const { rows, columns } = phantom;
  const encoding: PixelEncoding = job.request.encoding ?? 'signed';
  const sopInstanceUid = createUid(
    `${series.seriesInstanceUid}/slice/${String(image.sliceIndex)}/copy/${String(image.copy)}`,
  );
  const plane = imagePlane(phantom, image.sliceIndex);
  const dataset = ctImageDataset(
    job.header,
    series,
    { sopInstanceUid, instanceNumber: image.instanceNumber, plane },
    encoding,
  );
  const size = rows * columns;
  const hu = phantom.hu.subarray(image.sliceIndex * size, (image.sliceIndex + 1) * size);
  const frames = image.keepPixels === 0 ? undefined : [encodePixels(hu, encoding)];
  const bytes = writePart10(dataset, frames, frameFormat(rows, columns, encoding), job.request.transferSyntax);
  return {
    sopInstanceUid,
    sopClassUid: String(dataset['SOPClassUID']),
    instanceNumber: image.instanceNumber,
    bytes: truncate(bytes, size * 2, image.keepPixels),
  };
}

/** A file cut short within its pixel data, as a broken transfer leaves it. The declared length stays. */
function truncate(bytes: Uint8Array, pixelBytes: number, keep: number | undefined): Uint8Array {
  if (keep === undefined || keep === 0) return bytes;
  const pixels = Math.min(pixelBytes, bytes.length - 1024);
  return bytes.slice(0, bytes.length - Math.ceil(pixels * (1 - keep)));
}
