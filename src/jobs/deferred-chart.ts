/**
 * A chart that does not take an assessment must not cost the analysis. Writing is tried at once; when the chart
 * cannot take it now, it waits in the outbox; when the chart refuses it for good, it is kept there, marked, until an
 * operator has it delivered again (ADR 0110). Either way it counts as known: an order is answered from it meanwhile.
 */
import { isFault, toFault, type ErrorCode } from '../errors.ts';
import { createNextKey } from '../assessment/assessment-key.ts';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import type { Chart } from '../assessment/domain/ports.ts';
import { CHART_WRITE_QUEUE } from './job-queues.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobQueue } from './open-job-queue.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';

export type AssessmentChart = Pick<Chart, 'findCurrentAssessment' | 'findAssessment' | 'recordAssessment'>;

/** What a chart answers that will not have the write as it is. Everything else that is not an outage is our own bug. */
const REFUSALS = new Set<ErrorCode>(['fhir-refused', 'fhir-not-allowed', 'not-found']);

export interface DeferredChart extends AssessmentChart {
  readonly outbox: Outbox<StudyAssessment>;
  startDelivery(): Promise<JobRunner>;
}

export function createDeferredChart(options: {
  readonly chart: AssessmentChart;
  readonly jobQueue: JobQueue;
}): DeferredChart {
  const { chart, jobQueue } = options;
  const outbox = createOutbox<StudyAssessment>(jobQueue, CHART_WRITE_QUEUE);

  /** The last of those that follow `written` and still wait; `written` itself where none does. */
  async function findWaiting(firstKey: string, written: StudyAssessment | undefined) {
    let last = written;
    for (;;) {
      const next = await outbox.find(last === undefined ? firstKey : createNextKey(last));
      if (next === undefined) return last;
      last = next;
    }
  }

  return {
    outbox,
    /** Resolves when the chart has it or when it is kept durably; throws only what no chart said. */
    recordAssessment: async (assessment, { signal }) => {
      try {
        await chart.recordAssessment(assessment, { signal });
      } catch (error) {
        const { code, retryable, details } = toFault(error);
        const facts = { code, key: assessment.key, ...details };
        if (retryable || code === 'fhir-unavailable' || code === 'rate-limited') {
          jobQueue.logger.warn(facts, 'chart write waits in the outbox');
          await outbox.put(assessment.key, assessment);
        } else if (REFUSALS.has(code)) {
          jobQueue.logger.error(facts, 'the chart refuses a write for good: it is kept in the outbox');
          await outbox.keepRefused(assessment.key, assessment, code);
        } else throw error;
      }
    },
    /** From the chart, else from what still waits to be written there. */
    findAssessment: async (key, { signal }) => {
      try {
        return (await chart.findAssessment(key, { signal })) ?? (await outbox.find(key));
      } catch (error) {
        const waiting = isFault(error) ? await outbox.find(key) : undefined;
        if (waiting === undefined) throw error;
        return waiting;
      }
    },
    findCurrentAssessment: async (firstKey, { signal }) => {
      try {
        const written = await chart.findCurrentAssessment(firstKey, { signal });
        // The chart's answer is one without our database too: what the study lists now still decides whether it counts.
        return await findWaiting(firstKey, written).catch(() => written);
      } catch (error) {
        const waiting = isFault(error) ? await findWaiting(firstKey, undefined) : undefined;
        if (waiting === undefined) throw error;
        return waiting;
      }
    },
    startDelivery: () =>
      outbox.startDelivery({ deliver: (assessment, { signal }) => chart.recordAssessment(assessment, { signal }) }),
  };
}
