/**
 * What an order is told within its budget: what stands in the chart, else what can be done about it.
 * It never computes and never touches pixels; on a miss it asks the queue and waits as long as the signal allows. An answer
 * whose study got more images since is no hit: it is handed on as the earlier one beside what is being done (ADR 0007).
 * Whether some came that the order's view of the study does not show is looked at once the order has its answer.
 * Only a chart that cannot be read is a fault. Everything else is an answer.
 */
import { ERROR_CODES, isFault, type ErrorCode } from '../errors.ts';
import {
  countNextRevision,
  createAssessmentKey,
  createNextKey,
  createNextKeys,
  createRevisionKey,
} from './assessment-key.ts';
import { abstain } from './domain/abstention.ts';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { CtStudy } from './domain/ct-study.ts';
import type { StudyAssessment } from './domain/finding.ts';
import type { OrderAnswer, OrderDesk } from './domain/order-answer.ts';
import type { AnalysisJob, AnalysisQueue, AnalysisState, Chart } from './domain/ports.ts';
import { findCtForOrder } from './find-ct-for-order.ts';
import { MOST_REVISIONS_BY_ARCHIVE, type LateImageWatch } from './late-image-watch.ts';
import { hasLateImages } from './late-images.ts';

export interface OrderDeskParts {
  readonly chart: Pick<Chart, 'findPreoperativeCt' | 'findCurrentAssessment' | 'readCtStudy'>;
  readonly queue: Pick<AnalysisQueue, 'request' | 'findState' | 'findUnknown' | 'waitForEnd'>;
  readonly lateImages: Pick<LateImageWatch, 'lookSoon'>;
  readonly ensembleDigest: string;
  readonly minimumEvidence: EvidenceLevel;
  /** More urgent analyses ahead than this: say so at once instead of letting the order wait (back-pressure). */
  readonly maximumAhead: number;
  readonly now: () => Date;
}

/** The order's CT, and the first key of its assessments. */
interface Asked {
  readonly study: CtStudy;
  readonly firstKey: string;
  readonly patientId: string;
  readonly signal: AbortSignal;
  /** Keys of further assessments of it that were asked for, by whoever saw that images had come. */
  readonly requested: ReadonlySet<string>;
}

export function createOrderDesk(parts: OrderDeskParts): OrderDesk {
  const { chart, queue } = parts;
  /** The order was answered without it, and nothing is lost all the same. */
  const onFoundLate = (study: CtStudy): Promise<void> => queue.request(toJob(study, keyOf(study), 0));
  const keyOf = ({ studyInstanceUid }: CtStudy): string =>
    createAssessmentKey(studyInstanceUid, parts.ensembleDigest, parts.minimumEvidence);

  return {
    async answer({ search }, { signal }) {
      const found = await findCtForOrder(search, { chart, signal, onFoundLate });
      if (found.kind === 'abstained') return { kind: 'no-ct', abstention: found };
      const { study, unread } = found;
      const answer = await answerAbout({ study, firstKey: keyOf(study), patientId: search.patientId, signal });
      if (answer.kind === 'assessed') parts.lateImages.lookSoon(answer.assessment);
      return unread === undefined ? answer : { ...answer, unread };
    },
  };

  async function answerAbout(about: Omit<Asked, 'requested'>): Promise<OrderAnswer> {
    const { study, firstKey, signal } = about;
    const [known, requested] = await Promise.all([
      chart.findCurrentAssessment(firstKey, { signal }).catch(async (error: unknown) => {
        // The order cannot be answered now, but its CT is known: the analysis waits for the chart, and nothing is lost.
        await queue.request(toJob(study, firstKey, 0));
        throw error;
      }),
      findRequested(queue, firstKey),
    ]);
    const asked = { ...about, requested };
    return known && (await isAnswer(chart, known, asked))
      ? describeKnown(known, asked.patientId)
      : analyse(asked, known);
  }

  /** Asks for the first analysis, or for the one that follows `earlier`. */
  async function analyse(asked: Asked, earlier: StudyAssessment | undefined): Promise<OrderAnswer> {
    const { study, firstKey, patientId, signal } = asked;
    const job = toJob(study, firstKey, countNextRevision(earlier));
    const common = describeStudy(job.key, study, earlier);
    await queue.request(job);
    const state = await queue.findState(job.key);
    if (state.kind === 'queued' && state.ahead > parts.maximumAhead) {
      return { kind: 'overloaded', ...common, ...describeBacklog(state) };
    }
    const end = await waitWithin(job.key, state, signal);
    if (end.kind === 'done') {
      const written = await findWithin(chart, firstKey, signal);
      if (written && written.key !== earlier?.key) {
        return (await isAnswer(chart, written, asked)) ? describeKnown(written, patientId) : analyse(asked, written);
      }
    }
    return describeUnfinished(common, end, parts.now);
  }

  /** Waiting that ends with the budget instead of failing with it. */
  async function waitWithin(key: string, state: AnalysisState, signal: AbortSignal): Promise<AnalysisState> {
    if (state.kind === 'done' || state.kind === 'failed' || signal.aborted) return state;
    try {
      return await queue.waitForEnd(key, { signal });
    } catch (error) {
      if (!isOver(signal)) throw error;
      return state;
    }
  }
}

function toJob({ imagingStudyId }: CtStudy, firstKey: string, revision: number): AnalysisJob {
  const key = createRevisionKey(firstKey, revision);
  return { key, imagingStudyId, ...(revision > 0 && { revision }), urgency: 'order' };
}

/**
 * Asked beside the chart, so that no order takes longer for it. Without the queue's database the chart's answer is one
 * too: then the study's list alone decides whether it counts.
 */
async function findRequested(
  queue: Pick<AnalysisQueue, 'findUnknown'>,
  firstKey: string,
): Promise<ReadonlySet<string>> {
  const keys = createNextKeys(firstKey, MOST_REVISIONS_BY_ARCHIVE);
  const unknown = new Set(await queue.findUnknown(keys).catch(() => keys));
  return new Set(keys.filter((key) => !unknown.has(key)));
}

/**
 * Does it cover what the study holds? Not where somebody saw more and asked for the next one. The order may have seen the
 * study on another server, which may count otherwise for good: only what our own chart lists is analysed, so that is asked
 * before an answer is held back.
 */
async function isAnswer(
  chart: Pick<Chart, 'readCtStudy'>,
  known: StudyAssessment,
  { study, patientId, signal, requested }: Asked,
): Promise<boolean> {
  if (known.patientId !== patientId) return true;
  if (requested.has(createNextKey(known))) return false;
  if (!hasLateImages(study, known)) return true;
  try {
    const own = await chart.readCtStudy(study.imagingStudyId, { signal });
    return !('kind' in own) && !hasLateImages(own, known);
  } catch {
    return false;
  }
}

function describeUnfinished(
  common: ReturnType<typeof describeStudy>,
  state: AnalysisState,
  now: () => Date,
): OrderAnswer {
  if (state.kind === 'failed') return { kind: 'failed', ...common, code: toKnownCode(state.code) };
  if (state.kind === 'retrying') return { kind: 'delayed', ...common, code: toKnownCode(state.code) };
  const since = 'since' in state ? state.since : now().toISOString();
  if (state.kind === 'queued' && state.ahead > 0) {
    return { kind: 'waiting', ...common, since, ...describeBacklog(state) };
  }
  return { kind: 'running', ...common, since };
}

/** Looking that ends with the budget instead of failing with it. */
async function findWithin(
  chart: Pick<Chart, 'findCurrentAssessment'>,
  firstKey: string,
  signal: AbortSignal,
): Promise<StudyAssessment | undefined> {
  try {
    return await chart.findCurrentAssessment(firstKey, { signal });
  } catch (error) {
    if (isOver(signal) || (isFault(error) && error.code === 'deadline-exceeded')) return undefined;
    throw error;
  }
}

/** The key names the study alone: an assessment that is filed under another patient is nobody's answer. */
function describeKnown(assessment: StudyAssessment, patientId: string): OrderAnswer {
  if (assessment.patientId === patientId) return { kind: 'assessed', assessment };
  const abstention = abstain('patient-mismatch', 'The analysis of this CT is filed under another patient.');
  return { kind: 'no-ct', abstention };
}

function describeBacklog({ ahead, waitMinutes }: Extract<AnalysisState, { kind: 'queued' }>) {
  return { ahead, ...(waitMinutes === undefined ? {} : { waitMinutes }) };
}

function describeStudy(key: string, { startedAt, startedPrecision }: CtStudy, earlier: StudyAssessment | undefined) {
  return {
    ...{ key, studyStartedAt: startedAt },
    ...(startedPrecision === undefined ? {} : { startedPrecision }),
    ...(earlier === undefined ? {} : { earlier }),
  };
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function toKnownCode(code: string): ErrorCode {
  return code in ERROR_CODES ? (code as ErrorCode) : 'internal';
}
