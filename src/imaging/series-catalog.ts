/**
 * The series of a study with what their metadata say, before any pixel moves. The chart's list is believed for what
 * exists; where it has none, QIDO-RS is asked. Only series that may be CT cost a metadata request.
 */
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import { abstain, type Abstention } from '../assessment/domain/abstention.ts';
import { Fault, isFault } from '../errors.ts';
import { toNumber, toText } from './decode/dataset.ts';
import type { InstanceFacts } from './decode/instance-facts.ts';
import { parseDicomJson } from './decode/json-dataset.ts';
import { ATTRIBUTES as A } from './decode/tags.ts';
import { isUid } from './dicomweb/dicom-uid.ts';
import type { DicomwebClient } from './dicomweb/dicomweb-client.ts';
import { readEach } from './read-each.ts';
import { readSeriesFacts, type SeriesFacts } from './series-selection/series-facts.ts';
import type { WorkerPool } from './workers/worker-pool.ts';

export interface CatalogEntry {
  readonly facts: SeriesFacts;
  /** Of the stack alone: a scout stored in the same series is left out. */
  readonly instances: readonly InstanceFacts[];
  /** SOP Instance UIDs of such scouts: they will arrive with the series and are not wanted. */
  readonly unwanted: readonly string[];
  /** Instances the chart or QIDO counted; undefined where neither says. */
  readonly expectedCount: number | undefined;
}

interface Listed {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  readonly description?: string;
  readonly count?: number;
}

export interface CatalogSources {
  readonly client: DicomwebClient;
  readonly workers: WorkerPool;
  readonly maximumSeries: number;
  readonly maximumInstances: number;
}

export async function readSeriesCatalog(
  study: CtStudy,
  sources: CatalogSources,
  signal: AbortSignal,
): Promise<readonly CatalogEntry[] | Abstention> {
  const listed = await listSeries(study, sources, signal);
  if (listed.length > sources.maximumSeries) {
    return abstain(
      'study-too-large',
      `${String(listed.length)} series, at most ${String(sources.maximumSeries)} are looked at`,
    );
  }
  return readEach(listed, (series) => readEntry(study, series, sources, signal));
}

async function readEntry(
  study: CtStudy,
  listed: Listed,
  sources: CatalogSources,
  signal: AbortSignal,
): Promise<CatalogEntry> {
  const mayBeCt = listed.modality === 'CT' || listed.modality === '';
  const isTooLarge = (listed.count ?? 0) > sources.maximumInstances;
  const isAsked = mayBeCt && !isTooLarge;
  const all = isAsked ? await readInstances(study, listed, sources, signal) : [];
  const availability = !isAsked ? 'not-asked' : all.length > 0 ? 'available' : 'missing';
  const scouts = all.filter(({ imageType }) => imageType.includes('LOCALIZER'));
  const isOnlyScouts = scouts.length === all.length;
  const instances = isOnlyScouts ? all : all.filter((instance) => !scouts.includes(instance));
  const unwanted = isOnlyScouts ? [] : scouts.map(({ sopInstanceUid }) => sopInstanceUid);
  return { facts: readSeriesFacts(listed, instances, availability), instances, unwanted, expectedCount: listed.count };
}

/** Empty where the archive does not hold the series: the chart may be ahead of it, or behind. */
async function readInstances(
  study: CtStudy,
  listed: Listed,
  { client, workers }: CatalogSources,
  signal: AbortSignal,
): Promise<readonly InstanceFacts[]> {
  try {
    const bytes = await client.retrieveSeriesMetadata(study.studyInstanceUid, listed.seriesInstanceUid, signal);
    return await workers.run('parse-metadata', { bytes }, { signal, transfer: [bytes.buffer] });
  } catch (error) {
    if (isFault(error) && error.details.status === 404) return [];
    throw error;
  }
}

/** The chart lists a study or series that the archive does not hold: it may be on its way (ADR 0006, ADR 0044). */
export function createMissingFault(count: number): Fault {
  const details = { status: 404, missing: count };
  return new Fault('study-arriving', 'The PACS does not hold what the chart lists', { details, retryable: true });
}

async function listSeries(study: CtStudy, { client }: CatalogSources, signal: AbortSignal): Promise<readonly Listed[]> {
  if (study.series.length > 0) {
    return study.series.map(({ seriesInstanceUid, modality, numberOfInstances }) => ({
      seriesInstanceUid,
      modality: modality ?? '',
      ...(numberOfInstances === undefined ? {} : { count: numberOfInstances }),
    }));
  }
  const answer = parseDicomJson(await client.searchForSeries(study.studyInstanceUid, signal));
  if (answer.length === 0) throw createMissingFault(1);
  return answer
    .map((dataset) => {
      const count = toNumber(dataset, A.numberOfSeriesRelatedInstances);
      return {
        seriesInstanceUid: toText(dataset, A.seriesInstanceUid),
        modality: toText(dataset, A.modality),
        description: toText(dataset, A.seriesDescription),
        ...(count === undefined ? {} : { count }),
      };
    })
    .filter(({ seriesInstanceUid }) => isUid(seriesInstanceUid));
}
