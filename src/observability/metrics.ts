/**
 * The figures the service keeps of itself (Prometheus text format at /metrics). No label ever holds an id.
 * What each of them means to the person on call is in docs/runbook.md.
 */
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { addBacklogGauges, type BacklogReader, type OutboxFigures, type QueueFigures } from './backlog-gauges.ts';

const ANSWER_BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.5, 1, 2, 5];
const STAGE_BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];

export type { BacklogReader, OutboxFigures, QueueFigures };

export interface Metrics {
  readonly registry: Registry;
  observeAnswer(labels: { hook: string; decision: string }, seconds: number): void;
  observeRefusal(code: string): void;
  observeStages(stagesMs: Readonly<Record<string, number>>): void;
  /** One attempt of an analysis that ended; `code` is `none` where it succeeded. */
  countAnalysis(labels: { urgency: string; code: string }): void;
  countFinding(labels: { target: string; kind: string; reason: string }): void;
  countFeedback(labels: { outcome: string; reason: string }): void;
}

/** @param backlog asked at each scrape */
export function createMetrics(backlog: BacklogReader): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const answers = new Histogram({
    name: 'cds_answer_seconds',
    help: 'Time from the request of a hook to its answer',
    labelNames: ['hook', 'decision'],
    buckets: ANSWER_BUCKETS_S,
    registers,
  });
  const refusals = new Counter({
    name: 'cds_refusals_total',
    help: 'Requests refused, by error code',
    labelNames: ['code'],
    registers,
  });
  const stages = new Histogram({
    name: 'assessment_stage_seconds',
    help: 'Time per stage of one analysis',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS_S,
    registers,
  });
  const analyses = new Counter({
    name: 'analysis_attempts_total',
    help: 'Attempts of analyses that ended in this process, by urgency and fault code (none: it succeeded)',
    labelNames: ['urgency', 'code'],
    registers,
  });
  const findings = new Counter({
    name: 'assessment_findings_total',
    help: 'Findings recorded, by target, kind and abstention reason',
    labelNames: ['target', 'kind', 'reason'],
    registers,
  });
  const feedback = new Counter({
    name: 'cds_feedback_total',
    help: 'What clinicians did with cards, by outcome and override reason',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  addBacklogGauges(registry, backlog);

  return {
    registry,
    observeAnswer: (labels, seconds) => answers.observe(labels, seconds),
    observeRefusal: (code) => refusals.inc({ code }),
    observeStages: (stagesMs) => {
      for (const [stage, ms] of Object.entries(stagesMs)) stages.observe({ stage }, ms / 1000);
    },
    countAnalysis: (labels) => analyses.inc(labels),
    countFinding: (labels) => findings.inc(labels),
    countFeedback: (labels) => feedback.inc(labels),
  };
}
