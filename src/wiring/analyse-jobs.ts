/**
 * What a queued analysis does: look first whether the chart has it (a job may run twice), read the study again by
 * its id, assess it, record it. Everything it needs is handed in; the queue decides about faults.
 */
import type { Logger } from 'pino';
import type { AssessStudy } from '../assessment/assess-study.ts';
import { isAbstention } from '../assessment/domain/abstention.ts';
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { AnalysisJob, Chart } from '../assessment/domain/ports.ts';
import { hasLateImages } from '../assessment/late-images.ts';
import type { AnalysisCall } from '../jobs/analysis-worker.ts';
import { Fault, toFault } from '../errors.ts';
import type { Metrics } from '../observability/metrics.ts';

export interface AnalysisParts {
  readonly chart: Pick<Chart, 'findAssessment' | 'findCurrentAssessment' | 'readCtStudy'>;
  readonly assessStudy: AssessStudy;
  readonly keyOf: (study: CtStudy, revision?: number) => string;
  /** Told of every assessment that stands in the chart; a job that runs twice tells it twice. */
  readonly announce?: (key: string) => Promise<void>;
  readonly timeoutMs: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export function createAnalysis(parts: AnalysisParts): (job: AnalysisJob, options: AnalysisCall) => Promise<void> {
  const { chart, assessStudy, metrics, logger } = parts;
  return async function analyse(job, options) {
    try {
      await analyseOnce(job, options);
      metrics.countAnalysis({ urgency: job.urgency, code: 'none' });
    } catch (error) {
      metrics.countAnalysis({ urgency: job.urgency, code: toFault(error).code });
      throw error;
    }
  };

  async function analyseOnce(job: AnalysisJob, options: AnalysisCall): Promise<void> {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(parts.timeoutMs)]);
    if (await chart.findAssessment(job.key, { signal })) {
      // The process may have died between recording and telling.
      await parts.announce?.(job.key);
      return;
    }
    const study = await chart.readCtStudy(job.imagingStudyId, { signal });
    if ('kind' in study && isAbstention(study)) {
      throw new Fault('not-found', `The imaging study cannot be assessed any more (${study.reason})`);
    }
    // Ids are the job's only content: a study that was filed anew under this id is not the one that was asked for.
    const { urgency, revision } = job;
    if (parts.keyOf(study, revision) !== job.key)
      throw new Fault('not-found', 'The imaging study of this job is another one now');
    const isChartBehind = revision !== undefined && (await isBehind(study, { signal }));
    const { askedAt } = options;
    const assessment = await assessStudy(study, { signal, urgency, askedAt, revision, isChartBehind });
    await parts.announce?.(job.key);
    metrics.observeStages(assessment.stagesMs);
    for (const finding of assessment.findings) {
      const reason = finding.kind === 'abstained' ? finding.reason : 'none';
      metrics.countFinding({ target: finding.target, kind: finding.kind, reason });
    }
    logger.info({ key: assessment.key, urgency: job.urgency, stagesMs: assessment.stagesMs }, 'study assessed');
  }

  /** Asked for again though the chart lists nothing new: the archive got images of which the chart does not know. */
  async function isBehind(study: CtStudy, call: { readonly signal: AbortSignal }): Promise<boolean> {
    const earlier = await chart.findCurrentAssessment(parts.keyOf(study), call);
    return earlier !== undefined && !hasLateImages(study, earlier);
  }
}
