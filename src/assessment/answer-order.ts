/**
 * What an order is told within its budget: what stands in the chart, else what can be done about it.
 * It never computes and never touches pixels; on a miss it asks the queue and waits as long as the signal allows.
 * Only a chart that cannot be read is a fault. Everything else is an answer.
 */
import { ERROR_CODES, isFault, type ErrorCode } from '../errors.ts';
import { createAssessmentKey } from './assessment-key.ts';
import { abstain } from './domain/abstention.ts';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { CtStudy } from './domain/ct-study.ts';
import type { StudyAssessment } from './domain/finding.ts';
import type { OrderAnswer, OrderDesk } from './domain/order-answer.ts';
import type { AnalysisQueue, AnalysisState, Chart } from './domain/ports.ts';
import { findCtForOrder } from './find-ct-for-order.ts';

export interface OrderDeskParts {
  readonly chart: Pick<Chart, 'findPreoperativeCt' | 'findAssessment'>;
  readonly queue: Pick<AnalysisQueue, 'request' | 'findState' | 'waitForEnd'>;
  readonly ensembleDigest: string;
  readonly minimumEvidence: EvidenceLevel;
  /** More urgent analyses ahead than this: say so at once instead of letting the order wait (back-pressure). */
  readonly maximumAhead: number;
  readonly now: () => Date;
}

export function createOrderDesk(parts: OrderDeskParts): OrderDesk {
  const { chart, queue } = parts;
  /** The order was answered without it, and nothing is lost all the same. */
  const onFoundLate = (study: CtStudy): Promise<void> => queue.request(toJob(study));

  function toJob(study: CtStudy) {
    const key = createAssessmentKey(study.studyInstanceUid, parts.ensembleDigest, parts.minimumEvidence);
    return { key, imagingStudyId: study.imagingStudyId, urgency: 'order' } as const;
  }

  return {
    async answer(question, { signal }) {
      const found = await findCtForOrder(question.search, { chart, signal, onFoundLate });
      if (found.kind === 'abstained') return { kind: 'no-ct', abstention: found };
      const answer = await answerAbout(found.study, question.search.patientId, signal);
      return found.unread === undefined ? answer : { ...answer, unread: found.unread };
    },
  };

  async function answerAbout(study: CtStudy, patientId: string, signal: AbortSignal): Promise<OrderAnswer> {
    const job = toJob(study);
    const { key } = job;
    const known = await chart.findAssessment(key, { signal }).catch(async (error: unknown) => {
      // The order cannot be answered now, but its CT is known: the analysis waits for the chart, and nothing is lost.
      await queue.request(job);
      throw error;
    });
    if (known) return describeKnown(known, patientId);

    await queue.request(job);
    const state = await queue.findState(key);
    if (state.kind === 'queued' && state.ahead > parts.maximumAhead) {
      return { kind: 'overloaded', ...describeStudy(key, study), ...describeBacklog(state) };
    }
    const end = await waitWithin(key, state, signal);
    if (end.kind === 'done') {
      const written = await findWithin(chart, key, signal);
      if (written) return describeKnown(written, patientId);
    }
    return describeUnfinished(key, study, end);
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

  function describeUnfinished(key: string, study: CtStudy, state: AnalysisState): OrderAnswer {
    const common = describeStudy(key, study);
    if (state.kind === 'failed') return { kind: 'failed', ...common, code: toKnownCode(state.code) };
    if (state.kind === 'retrying') return { kind: 'delayed', ...common, code: toKnownCode(state.code) };
    const since = 'since' in state ? state.since : parts.now().toISOString();
    if (state.kind === 'queued' && state.ahead > 0) {
      return { kind: 'waiting', ...common, since, ...describeBacklog(state) };
    }
    return { kind: 'running', ...common, since };
  }
}

/** Looking that ends with the budget instead of failing with it. */
async function findWithin(
  chart: Pick<Chart, 'findAssessment'>,
  key: string,
  signal: AbortSignal,
): Promise<StudyAssessment | undefined> {
  try {
    return await chart.findAssessment(key, { signal });
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

function describeStudy(key: string, { startedAt, startedPrecision }: CtStudy) {
  return { key, studyStartedAt: startedAt, ...(startedPrecision === undefined ? {} : { startedPrecision }) };
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function toKnownCode(code: string): ErrorCode {
  return code in ERROR_CODES ? (code as ErrorCode) : 'internal';
}
