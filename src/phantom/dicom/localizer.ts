/** A lateral localizer (scout): the head's projection along x, written as CT Image Storage with type LOCALIZER. */
import type { HeadPhantom } from '../head-phantom.ts';
import { ctImageDataset, type SeriesHeader } from './ct-dataset.ts';
import { writePart10 } from './part10.ts';
import { encodePixels, frameFormat } from './pixel-encoding.ts';
import { createUid } from './uid.ts';
import type { CtInstance, SeriesJob } from './series-job.ts';

/** Mean attenuation along x for each (z, y), in HU-like values; z runs downward as on a scout. */
export function projectLaterally(phantom: HeadPhantom, rows: number): Int16Array {
  const { rows: depth, columns: width, sliceCount, hu } = phantom;
  const line = new Float32Array(sliceCount * depth);
  for (let k = 0; k < sliceCount; k++)
    for (let i = 0; i < depth; i++) {
      let sum = 0;
      const start = (k * depth + i) * width;
      for (let j = 0; j < width; j++) sum += Math.max(0, (hu[start + j] ?? -1024) + 1000);
      line[k * depth + i] = (sum / width) * 1.6 - 1000;
    }
  const out = new Int16Array(rows * depth);
  for (let r = 0; r < rows; r++) {
    const k = ((rows - 1 - r) / (rows - 1)) * (sliceCount - 1);
    const low = Math.floor(k);
    const high = Math.min(low + 1, sliceCount - 1);
    for (let i = 0; i < depth; i++) {
      const a = line[low * depth + i] ?? 0;
      const b = line[high * depth + i] ?? 0;
      out[r * depth + i] = Math.round(a + (b - a) * (k - low));
    }
  }
  return out;
}

export function writeLocalizer(job: SeriesJob, series: SeriesHeader, phantom: HeadPhantom): CtInstance {
  const rows = Math.round((phantom.sliceCount * phantom.sliceSpacingMm) / phantom.pixelSpacingMm);
  const columns = phantom.rows;
  const sopInstanceUid = createUid(`${series.seriesInstanceUid}/localizer`);
  const first = phantom.positionsMm[0] ?? [0, 0, 0];
  const top = phantom.positionsMm.at(-1) ?? first;
  const plane = {
    rows,
    columns,
    pixelSpacingMm: phantom.pixelSpacingMm,
    positionMm: [0, first[1], top[2]] as const,
    orientation: [0, 1, 0, 0, 0, -1],
    sliceThicknessMm: columns * phantom.pixelSpacingMm,
    sliceSpacingMm: 0,
    sliceLocationMm: 0,
  };
  const dataset = ctImageDataset(job.header, series, { sopInstanceUid, instanceNumber: 1, plane }, 'signed');
  delete dataset['SpacingBetweenSlices'];
  dataset['RescaleType'] = 'US';
  const pixels = encodePixels(projectLaterally(phantom, rows), 'signed');
  const bytes = writePart10(dataset, [pixels], frameFormat(rows, columns, 'signed'), job.request.transferSyntax);
  return { sopInstanceUid, sopClassUid: String(dataset['SOPClassUID']), instanceNumber: 1, bytes };
}
