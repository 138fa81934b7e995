/**
 * One series to one volume: instances stream in, at most a few are held, workers decode them into shared memory as
 * they arrive. Every planned instance has to come exactly once. Refusals are values; faults of the PACS are thrown.
 */
import { abstain, isAbstention, type Abstention } from '../assessment/domain/abstention.ts';
import type { CtVolume } from '../assessment/domain/ct-volume.ts';
import { Fault, isFault, toFault } from '../errors.ts';
import { startStep, traceStep } from '../tracing.ts';
import type { InstanceFacts } from './decode/instance-facts.ts';
import { readFileMeta } from './decode/part10-reader.ts';
import type { DicomwebClient } from './dicomweb/dicomweb-client.ts';
import type { VolumeMeasures } from './quality/measures.ts';
import type { ExpectedInstance } from './volume/decode-instance.ts';
import { createSharedVolume, type SharedVolume } from './volume/shared-volume.ts';
import type { VolumePlan } from './volume/volume-plan.ts';
import type { WorkerPool } from './workers/worker-pool.ts';

export interface VolumeSources {
  readonly client: DicomwebClient;
  readonly workers: WorkerPool;
  readonly maximumInflatedBytes: number;
  readonly now: () => number;
}

export interface LoadedVolume {
  readonly kind: 'volume';
  readonly volume: CtVolume;
  readonly measures: VolumeMeasures;
  readonly transferSyntaxUids: readonly string[];
  readonly stagesMs: { readonly fetchAndDecode: number; readonly finish: number };
}

/** Parts held in memory beyond those being decoded: enough to keep the workers busy, few enough to stay small. */
const IN_FLIGHT = 4;

export interface WantedSeries {
  readonly instances: readonly InstanceFacts[];
  /** SOP Instance UIDs that arrive with the series and are skipped unread. */
  readonly unwanted: readonly string[];
}

export async function loadVolume(
  plan: VolumePlan,
  wanted: WantedSeries,
  sources: VolumeSources,
  signal: AbortSignal,
): Promise<LoadedVolume | Abstention> {
  const started = sources.now();
  const volume = createSharedVolume(plan);
  const received = await receiveInstances(plan, wanted, volume, sources, signal);
  if ('kind' in received) return received;
  const decoded = sources.now();
  const { rows, columns, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg } = plan;
  const sliceCount = slicePositionsMm.length;
  const geometry = { rows, columns, sliceCount, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg };
  const finish = { volume, weightSums: plan.weightSums, geometry };
  const { digest, measures } = await traceStep('ct.volume', { 'ct.slices': sliceCount }, () =>
    sources.workers.run('finish-volume', finish, { signal }),
  );
  return {
    kind: 'volume',
    volume: { ...geometry, hu: new Int16Array(volume.hu), sourceInstanceUids: plan.sourceInstanceUids, digest },
    measures,
    transferSyntaxUids: [...received].sort(),
    stagesMs: { fetchAndDecode: decoded - started, finish: sources.now() - decoded },
  };
}

async function receiveInstances(
  plan: VolumePlan,
  { instances, unwanted }: WantedSeries,
  volume: SharedVolume,
  sources: VolumeSources,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | Abstention> {
  const [first] = instances;
  if (!first) return abstain('study-incomplete', 'The series has no instances');
  const waiting = new Map(instances.map((facts) => [facts.sopInstanceUid, facts]));
  const syntaxes = new Set<string>();
  const inFlight = new Set<Promise<void>>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let outcome: Abstention | Fault | undefined;
  const end = (reason: Abstention | Fault): void => {
    outcome ??= reason;
    stop.abort();
  };
  const decode = async (bytes: Uint8Array<ArrayBuffer>, facts: InstanceFacts): Promise<void> => {
    const expected = toExpected(facts, plan);
    const { transform } = plan;
    const { maximumInflatedBytes } = sources;
    const request = { bytes, expected, transform, volume, maximumInflatedBytes };
    const answer = await sources.workers.run('decode-instance', request, { signal: either, transfer: [bytes.buffer] });
    if (isAbstention(answer)) end(answer);
    else syntaxes.add(answer.transferSyntaxUid);
  };
  const decoding = startStep('ct.decode');
  const receive = async (): Promise<void> => {
    for await (const part of sources.client.retrieveSeries(first.studyInstanceUid, first.seriesInstanceUid, either)) {
      const uid = readFileMeta(part.bytes).sopInstanceUid;
      if (unwanted.includes(uid)) continue;
      const facts = waiting.get(uid);
      if (!facts)
        throw new Fault('pacs-answer-malformed', 'The PACS sent an instance it did not announce, or one twice');
      waiting.delete(uid);
      const task: Promise<void> = decode(part.bytes, facts)
        .catch((error: unknown) => end(toFault(error)))
        .finally(() => inFlight.delete(task));
      inFlight.add(task);
      if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
    }
  };
  await traceStep('ct.fetch', {}, receive).catch((error: unknown) => end(toFault(error)));
  await Promise.all(inFlight);
  decoding.end();
  if (outcome) return settle(outcome);
  if (waiting.size > 0) {
    return abstain(
      'study-incomplete',
      `${String(waiting.size)} of ${String(instances.length)} instances did not arrive`,
    );
  }
  return syntaxes;
}

function toExpected(facts: InstanceFacts, plan: VolumePlan): ExpectedInstance {
  const { sopInstanceUid, seriesInstanceUid, studyInstanceUid, patientId } = facts;
  const frames = plan.frames.get(sopInstanceUid) ?? [];
  const { sourceRows: rows, sourceColumns: columns } = plan;
  return { sopInstanceUid, seriesInstanceUid, studyInstanceUid, patientId, rows, columns, frames };
}

const CONTENT_FAULTS = new Set(['dicom-malformed', 'pixels-corrupt', 'codec-failed']);

/**
 * The transfer was whole (parts and closing boundary were checked), so a file that cannot be decoded is broken in the
 * archive: asking again would bring the same bytes. That is an answer about this CT, not a fault of the moment. A
 * retryable fault is one of the moment (a worker died, hung or starved) and says nothing about the file.
 */
function settle(outcome: Abstention | Fault): Abstention {
  if (!isFault(outcome)) return outcome;
  if (!CONTENT_FAULTS.has(outcome.code) || outcome.retryable) throw outcome;
  const unsupported = outcome.details.transferSyntax;
  if (unsupported !== undefined) return abstain('transfer-syntax-unsupported', outcome.message);
  return abstain('pixels-corrupt', outcome.message);
}
