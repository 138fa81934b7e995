/** The database, the queue on it and everything that waits durably: analyses, chart writes, audit events. */
import type { Logger } from 'pino';
import type { AnalysisJob, AuditTrail, Chart } from '../assessment/domain/ports.ts';
import type { Config } from '../config/settings.ts';
import type { MedplumAuditTrail } from '../fhir/audit/create-medplum-audit-trail.ts';
import { createAnalysisQueue, type DurableAnalysisQueue } from '../jobs/analysis-queue.ts';
import { createAnalysisWorker, type AnalysisCall } from '../jobs/analysis-worker.ts';
import { createAuditOutbox } from '../jobs/audit-outbox.ts';
import { createDeferredChart, type AssessmentChart } from '../jobs/deferred-chart.ts';
import { ANALYSIS_QUEUE } from '../jobs/job-queues.ts';
import { JOBS_MIGRATIONS } from '../jobs/jobs-migrations.ts';
import { openJobQueue } from '../jobs/open-job-queue.ts';
import { readOutboxFigures } from '../jobs/outbox-ledger.ts';
import { readQueueFigures } from '../jobs/queue-figures.ts';
import { createResultOutbox, type ResultOutbox } from '../jobs/result-outbox.ts';
import { createSchedules, type ScheduledWork } from '../jobs/schedules.ts';
import type { BacklogReader } from '../observability/metrics.ts';
import { SECURITY_MIGRATIONS } from '../security/security-migrations.ts';
import { LAUNCH_MIGRATIONS } from '../smart-launch/launch-migrations.ts';
import type { OpenedDatabase } from '../storage/database.ts';
import { openDatabase } from '../storage/open-database.ts';
import type { ExportResult } from './export-results.ts';

/** A running analysis may take this long after a stop was asked for; then it goes back to the queue uncounted. */
const STOP_GRACE_MS = 20_000;

export interface OpenedQueue extends BacklogReader {
  readonly database: OpenedDatabase;
  readonly queue: DurableAnalysisQueue;
  /** Assessments that survive a chart that is down. */
  readonly chart: AssessmentChart;
  /** Audit events that survive a chart that is down. */
  readonly audit: AuditTrail;
  /** Results owed to the archive. */
  readonly results: ResultOutbox;
  /** Starts working: analyses, deliveries, schedules. */
  startWork(work: {
    readonly analyse: (job: AnalysisJob, call: AnalysisCall) => Promise<void>;
    readonly schedules: readonly ScheduledWork[];
    /** Where the site wants results in its archive. */
    readonly exportResult?: ExportResult | undefined;
  }): Promise<void>;
  /** No new work; running analyses finish within the grace or go back to the queue uncounted. */
  stopWork(): Promise<void>;
  /** After stopWork, when nobody asks any more. */
  close(): Promise<void>;
}

export async function openQueue(
  config: Config,
  outside: { readonly chart: Chart; readonly audit: MedplumAuditTrail },
  logger: Logger,
): Promise<OpenedQueue> {
  const database = await openDatabase({
    ...toAddress(config),
    logger,
    migrations: [...JOBS_MIGRATIONS, ...SECURITY_MIGRATIONS, ...LAUNCH_MIGRATIONS],
  });
  const jobQueue = await openJobQueue({ database, logger });
  const queue = await createAnalysisQueue({ jobQueue });
  const chart = createDeferredChart({ chart: outside.chart, jobQueue });
  const audit = createAuditOutbox({ jobQueue });
  const results = createResultOutbox({ jobQueue });
  const stops: (() => Promise<void>)[] = [];
  return {
    database,
    queue,
    chart,
    audit,
    results,
    readFigures: () => readQueueFigures(jobQueue, ANALYSIS_QUEUE),
    readOutboxes: () => readOutboxFigures(database),
    async startWork({ analyse, schedules, exportResult }) {
      const runners = [
        await createAnalysisWorker({ jobQueue, queue, assess: analyse }),
        await chart.startDelivery(),
        await audit.startDelivery({ write: (event, call) => outside.audit.write(event, call) }),
        ...(exportResult ? [await results.startDelivery({ deliver: exportResult })] : []),
      ];
      const running = createSchedules({ database, logger, work: schedules });
      await running.start();
      stops.push(
        () => running.stop(),
        async () => {
          await Promise.all(runners.map((runner) => runner.stop({ graceMs: STOP_GRACE_MS })));
        },
      );
    },
    async stopWork() {
      for (const stop of stops.splice(0)) await stop();
    },
    async close() {
      await queue.close();
      await jobQueue.stop();
      await database.close();
    },
  };
}

/** Which database the settings name. */
export function toAddress(config: Config) {
  if (config.DATABASE_URL !== undefined) return { connectionString: config.DATABASE_URL };
  return config.DATA_DIR === 'memory' ? { inMemory: true as const } : { dataDir: config.DATA_DIR };
}
