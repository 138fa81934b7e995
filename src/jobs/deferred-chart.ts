/**
 * A chart that is down must not cost an analysis. Writing is tried at once; when the chart cannot take it now,
 * the assessment waits in the outbox and counts as known: an order is answered from it meanwhile.
 */
import { isFault, toFault } from '../errors.ts';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import type { Chart } from '../assessment/domain/ports.ts';
import { CHART_WRITE_QUEUE } from './job-queues.ts';
import type { JobRunner } from './job-runner.ts';
import type { JobQueue } from './open-job-queue.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { DELIVERY_RETRIES } from './retry-policy.ts';

export type AssessmentChart = Pick<Chart, 'findAssessment' | 'recordAssessment'>;

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
  return {
    outbox,
    /** Resolves when the chart has it or when it waits durably; throws only what no waiting can mend. */
    recordAssessment: async (assessment, { signal }) => {
      try {
        await chart.recordAssessment(assessment, { signal });
      } catch (error) {
        const fault = toFault(error);
        const isTemporary = fault.retryable || fault.code === 'fhir-unavailable' || fault.code === 'rate-limited';
        if (!isTemporary || DELIVERY_RETRIES[fault.code] === undefined) throw error;
        jobQueue.logger.warn({ code: fault.code, key: assessment.key }, 'chart write waits in the outbox');
        await outbox.put(assessment.key, assessment);
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
    startDelivery: () =>
      outbox.startDelivery({ deliver: (assessment, { signal }) => chart.recordAssessment(assessment, { signal }) }),
  };
}
