/**
 * The port ResultArchive by DICOMweb: the archive is asked what it has of the planned objects, the rest is made from the
 * CT as it stands there today, and sent in one request. Reading goes to where the CT is, storing to the one archive a
 * site names for results, each with its own address rule and credentials. Nothing of the original study is touched.
 */
import { isAbstention, type Abstention } from '../../assessment/domain/abstention.ts';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import type { ResultArchive, ResultFate } from '../../assessment/domain/ports.ts';
import { Fault } from '../../errors.ts';
import type { DicomwebCtSource } from '../ct-source.ts';
import { createStoreClient, type StoreClient, type StoreFailure } from '../dicomweb/store-client.ts';
import { parseEndpoint, type PacsEndpoint } from '../dicomweb/pacs-endpoint.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { planResults, type PlannedResult } from './result-plan.ts';

export interface ResultArchiveOptions {
  /** Where results are stored. */
  readonly endpoint: PacsEndpoint;
  readonly ctSource: Pick<DicomwebCtSource, 'loadPixelsForViewing' | 'readSeriesMetadata'>;
  readonly workers: WorkerPool;
  /** IANA name: for sources that do not say in which zone their times are. */
  readonly timeZone: string;
  readonly softwareVersion: string;
  readonly idleTimeoutMs?: number;
}

/** Throws Fault `config-invalid` for a wrong endpoint. */
export function createResultArchive(options: ResultArchiveOptions): ResultArchive {
  const { ctSource, workers, timeZone, softwareVersion, idleTimeoutMs } = options;
  const client = createStoreClient(
    parseEndpoint(options.endpoint),
    idleTimeoutMs === undefined ? {} : { idleTimeoutMs },
  );

  return {
    async store({ study, assessment, evidence }, { signal }): Promise<ResultFate> {
      const { studyInstanceUid, seriesInstanceUid } = assessment;
      if (seriesInstanceUid === undefined) return { kind: 'not-stored', reason: 'nothing-analysed' };
      if (isWithdrawn(assessment)) return { kind: 'not-stored', reason: 'withdrawn' };
      const all = planResults(assessment, evidence);
      const planned = await findMissing(client, studyInstanceUid, all, signal);
      if (planned.length === 0) return { kind: 'stored', objects: all.length, sent: 0 };

      const loaded = await ctSource.loadPixelsForViewing(study, seriesInstanceUid, { signal });
      if (isAbstention(loaded)) return giveUp(loaded);
      if (loaded.volume.digest !== assessment.inputDigest) return { kind: 'not-stored', reason: 'ct-changed' };
      const metadata = await ctSource.readSeriesMetadata(study, seriesInstanceUid, { signal });
      const { volume } = loaded;
      const request = { planned, assessment, evidence, volume, metadata, timeZone, softwareVersion };
      const files = await workers.run('write-results', request, { signal });
      const instances = planned.map(({ sopInstanceUid }, at) => ({ sopInstanceUid, bytes: requireFile(files[at]) }));
      const { failed } = await client.store(studyInstanceUid, instances, signal);
      if (failed.length > 0) await settleFailures(client, studyInstanceUid, planned, failed, signal);
      return { kind: 'stored', objects: all.length, sent: planned.length };
    },
  };
}

/** Entered in error as a whole: nothing of it may appear anew. One withdrawn finding of three is told as such. */
function isWithdrawn({ findings }: StudyAssessment): boolean {
  return findings.every((finding) => finding.kind === 'abstained' && finding.reason === 'withdrawn');
}

/** A CT that was whole when it was analysed: while the archive shows part of it, it is waited for. */
function giveUp({ reason, detail }: Abstention): ResultFate {
  if (reason === 'study-incomplete') throw new Fault('study-arriving', detail, { retryable: true });
  return { kind: 'not-stored', reason: 'ct-changed' };
}

async function findMissing(
  client: StoreClient,
  study: string,
  planned: readonly PlannedResult[],
  signal: AbortSignal,
): Promise<readonly PlannedResult[]> {
  const series = new Set(planned.map(({ seriesInstanceUid }) => seriesInstanceUid));
  const present = new Set<string>();
  for (const one of series) for (const uid of await client.findInstances(study, one, signal)) present.add(uid);
  return planned.filter(({ sopInstanceUid }) => !present.has(sopInstanceUid));
}

/** PS3.7 C: a duplicate SOP Instance, in an archive that does not overwrite. */
const DUPLICATE = 0x0111;
/** PS3.4 B.2.3 and PS3.7 C: out of resources, processing failure: it may go better later. */
const isPassing = (reason: number | undefined): boolean =>
  reason === undefined || reason === 0x0110 || (reason >= 0xa700 && reason <= 0xa7ff);

/**
 * A duplicate counts as stored when the archive lists it in our study and series: the UID is made from the assessment
 * alone, so that it cannot be another object. Throws Fault `pacs-unavailable` (retryable) when anything may go better
 * later, `pacs-store-refused` when what is left is refused for good.
 */
async function settleFailures(
  client: StoreClient,
  study: string,
  planned: readonly PlannedResult[],
  failed: readonly StoreFailure[],
  signal: AbortSignal,
): Promise<void> {
  const missing = failed.some(({ reason }) => reason === DUPLICATE)
    ? await findMissing(client, study, planned, signal)
    : planned;
  const left = failed.filter(({ sopInstanceUid }) => missing.some((one) => one.sopInstanceUid === sopInstanceUid));
  const [first] = left;
  if (!first) return;
  const details = { refused: left.length, of: planned.length, reason: describeReason(first.reason) };
  if (left.some(({ reason }) => isPassing(reason))) {
    throw new Fault('pacs-unavailable', 'The archive could not store everything now', { details, retryable: true });
  }
  throw new Fault('pacs-store-refused', 'The archive refuses to store a result', { details });
}

function describeReason(reason: number | undefined): string {
  return reason === undefined ? 'none given' : `0x${reason.toString(16).toUpperCase().padStart(4, '0')}`;
}

function requireFile(file: Uint8Array | undefined): Uint8Array {
  if (!file) throw new Fault('internal', 'A planned result was not written');
  return file;
}
