/**
 * What the archive holds of a study's CT, by QIDO-RS alone: how many images each series has, and a digest of which they
 * are. Asked before an analysis and again later, in the same way, the two answers say whether images came or were
 * exchanged (ADR 0007). A digest is made only of a whole list: archives may cut a long one, and a cut one is another
 * one each time.
 */
import { createHash } from 'node:crypto';
import type { CtStudy, HeldSeries } from '../assessment/domain/ct-study.ts';
import { toNumber, toText } from './decode/dataset.ts';
import { parseDicomJson } from './decode/json-dataset.ts';
import { ATTRIBUTES as A } from './decode/tags.ts';
import { isUid } from './dicomweb/dicom-uid.ts';
import { readEach } from './read-each.ts';
import type { CatalogSources } from './series-catalog.ts';

interface Counted {
  readonly seriesInstanceUid: string;
  /** NumberOfSeriesRelatedInstances; undefined where the archive does not count. */
  readonly count: number | undefined;
}

/** Throws what the PACS client throws. */
export async function listHeldSeries(
  study: CtStudy,
  sources: CatalogSources,
  signal: AbortSignal,
): Promise<readonly HeldSeries[]> {
  const counted = await countSeries(study, sources, signal);
  const isListed = counted.length <= sources.maximumSeries;
  return readEach(counted, async (series) => {
    const isSmall = (series.count ?? 0) <= sources.maximumInstances;
    return describe(series, isListed && isSmall ? await listInstances(study, series, sources, signal) : []);
  });
}

/** The series that an analysis reads: of those the chart lists as CT, else of all, those the archive has as CT. */
async function countSeries(
  { studyInstanceUid, series }: CtStudy,
  { client }: CatalogSources,
  signal: AbortSignal,
): Promise<readonly Counted[]> {
  const mayBeCt = (modality = ''): boolean => modality === 'CT' || modality === '';
  const read = new Set(series.filter(({ modality }) => mayBeCt(modality)).map((one) => one.seriesInstanceUid));
  return parseDicomJson(await client.searchForSeries(studyInstanceUid, signal))
    .filter((dataset) => mayBeCt(toText(dataset, A.modality)))
    .map((dataset) => ({
      seriesInstanceUid: toText(dataset, A.seriesInstanceUid),
      count: toNumber(dataset, A.numberOfSeriesRelatedInstances),
    }))
    .filter(({ seriesInstanceUid: uid }) => isUid(uid) && (series.length === 0 || read.has(uid)));
}

async function listInstances(
  { studyInstanceUid }: CtStudy,
  { seriesInstanceUid }: Counted,
  { client, workers }: CatalogSources,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const bytes = await client.searchForInstances(studyInstanceUid, seriesInstanceUid, signal);
  const instances = await workers.run('parse-metadata', { bytes }, { signal, transfer: [bytes.buffer] });
  return [...new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid))].sort();
}

function describe({ seriesInstanceUid, count }: Counted, uids: readonly string[]): HeldSeries {
  if (uids.length === 0 || uids.length !== count) return { seriesInstanceUid, instances: count ?? uids.length };
  return { seriesInstanceUid, instances: count, digest: createHash('sha256').update(uids.join('\n')).digest('hex') };
}
