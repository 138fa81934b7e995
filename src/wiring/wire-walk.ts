/** The middle of the program: the analysis that jobs run, the sweep that finds work, the desk that answers orders. */
import type { Logger } from 'pino';
import { createOrderDesk } from '../assessment/answer-order.ts';
import { createStudyAssessor } from '../assessment/assess-study.ts';
import { createAssessmentKey } from '../assessment/assessment-key.ts';
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { Chart, EvidenceStore, NetworkEngine, ResultArchive } from '../assessment/domain/ports.ts';
import type { OrderDesk } from '../assessment/domain/order-answer.ts';
import { createLateImageWatch, type LateImageWatch } from '../assessment/late-image-watch.ts';
import { createSweep } from '../assessment/sweep-recent-cts.ts';
import type { Config } from '../config/settings.ts';
import { createTensorMaker } from '../imaging/tensor-maker.ts';
import type { DicomwebCtSource } from '../imaging/ct-source.ts';
import type { WorkerPool } from '../imaging/imaging-workers.ts';
import type { Metrics } from '../observability/metrics.ts';
import { traceStep } from '../tracing.ts';
import { createAnalysis } from './analyse-jobs.ts';
import { createArchiveLister } from './list-held-series.ts';
import { createResultExport } from './export-results.ts';
import type { OpenedQueue } from './open-queue.ts';
import { traceAnalysisParts, traceQueue } from './trace-ports.ts';

export interface WalkParts {
  readonly chart: Chart;
  readonly queue: OpenedQueue;
  readonly engine: NetworkEngine;
  readonly ctSource: DicomwebCtSource;
  readonly workers: WorkerPool;
  readonly evidence: EvidenceStore;
  /** Where the site wants results to go beside the chart. */
  readonly archive: ResultArchive | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface Walk {
  /** The chart with what still waits to be written to it. */
  readonly chart: Chart;
  readonly desk: OrderDesk;
  readonly lateImages: LateImageWatch;
  /** The key under which the networks that run assess a study; without a revision, for the first time. */
  readonly keyOf: (study: CtStudy, revision?: number) => string;
  /** Starts analysing: until then orders are queued. */
  start(): Promise<void>;
}

export function wireWalk(config: Config, parts: WalkParts): Walk {
  const { queue, engine, metrics, logger, now, archive } = parts;
  const chart: Chart = { ...parts.chart, ...queue.chart };
  const rules = { ensembleDigest: engine.ensemble.digest, minimumEvidence: config.MIN_EVIDENCE_LEVEL, now };
  const keyOf = (study: CtStudy, revision?: number) =>
    createAssessmentKey(study.studyInstanceUid, rules.ensembleDigest, rules.minimumEvidence, revision);
  const asked = traceQueue(queue.queue);
  const listHeldSeries = createArchiveLister(parts.ctSource, logger);
  const lateImages = createLateImageWatch({ chart, queue: asked, listHeldSeries, now });
  const assessStudy = createStudyAssessor({
    listHeldSeries,
    ...traceAnalysisParts({
      ctSource: parts.ctSource,
      tensorMaker: createTensorMaker({ workers: parts.workers }),
      engine,
      evidence: parts.evidence,
    }),
    record: (assessment, options) => chart.recordAssessment(assessment, options),
    minimumEvidence: rules.minimumEvidence,
    now,
  });
  const sweep = createSweep({ chart, queue: asked, lateImages, lookbackHours: config.SWEEP_LOOKBACK_HOURS, ...rules });
  return {
    chart,
    keyOf,
    lateImages,
    desk: createOrderDesk({ chart, queue: asked, lateImages, maximumAhead: config.ANALYSIS_BACKLOG_LIMIT, ...rules }),
    start: () =>
      queue.startWork({
        analyse: createAnalysis({
          ...{ chart, assessStudy, keyOf, timeoutMs: config.ANALYSIS_TIMEOUT_MS, metrics, logger },
          ...(archive && { announce: (key: string) => queue.results.request(key) }),
        }),
        exportResult:
          archive &&
          createResultExport({
            ...{ ...parts, chart, archive, audit: queue.audit },
            destination: config.RESULTS_PACS_BASE_URL ?? '',
            minimumEvidence: rules.minimumEvidence,
          }),
        schedules: [
          {
            name: 'sweep',
            cron: config.SWEEP_CRON,
            run: async ({ signal }) => {
              const swept = await traceStep('sweep', {}, () => sweep({ signal }), { from: 'schedule' });
              if (swept.requested > 0) logger.info(swept, 'new head CT found');
            },
          },
        ],
      }),
  };
}
