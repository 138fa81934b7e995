import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parser } from '@prometheus-io/lezer-promql';
import { expect } from 'chai';
import type { Metric } from 'prom-client';
import { parse } from 'yaml';
import { z } from 'zod';
import { CARD_IDS } from '../../../cds-hooks/thrombectomy-risk/decision.ts';
import { ABSTENTION_REASONS } from '../../../src/assessment/domain/abstention.ts';
import { ERROR_CODES } from '../../../src/errors.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { addReadinessGauge, addServiceInfo } from '../../../src/observability/readiness-gauge.ts';
import { skip } from '../../support/skip.ts';

const run = promisify(execFile);
const RULES = 'deploy/prometheus/alerts.yaml';

const rule = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(['page', 'ticket']) }).optional(),
  annotations: z.object({ summary: z.string(), runbook: z.string() }).optional(),
});
const rules = z
  .object({ groups: z.array(z.object({ rules: z.array(rule) })) })
  .parse(parse(readFileSync(RULES, 'utf8')))
  .groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);

const panel = z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) });
const dashboard = z
  .object({ panels: z.array(panel) })
  .parse(JSON.parse(readFileSync('deploy/grafana/dashboard.json', 'utf8')));

const runbook = readFileSync('docs/runbook.md', 'utf8');

/** Series of one expression with the labels that are named in it: selectors by matcher, aggregations by grouping. */
function readSeries(expr: string): {
  readonly metrics: string[];
  readonly labels: string[];
  readonly isBroken: boolean;
} {
  const found = { metrics: [] as string[], labels: [] as string[], isBroken: false };
  parser.parse(expr).iterate({
    enter: ({ name, from, to, type }) => {
      const text = expr.slice(from, to);
      if (type.isError) found.isBroken = true;
      if (name === 'Identifier') found.metrics.push(text);
      if (name === 'LabelName') found.labels.push(text);
    },
  });
  return found;
}

/** Names as Prometheus sees them, and every label that one of them may carry. */
async function readKnown(): Promise<{ readonly names: Set<string>; readonly labels: Set<string> }> {
  const never = () => Promise.reject(new Error('not asked'));
  const { registry } = createMetrics({ readFigures: never, readOutboxes: never });
  addReadinessGauge(registry, () => Promise.resolve({ ready: true, checks: {} }));
  addServiceInfo(registry, { version: '', ensemble: '', digest: '' });
  const metrics = registry.getMetricsAsArray() as unknown as (Metric & {
    name: string;
    type: string;
    labelNames: string[];
  })[];
  const names = metrics.flatMap(({ name, type }) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  );
  const recorded = rules.flatMap(({ record }) => record ?? []);
  return {
    names: new Set(['up', ...names, ...recorded]),
    labels: new Set(['job', 'instance', 'le', ...metrics.flatMap(({ labelNames }) => labelNames)]),
  };
}

const toSlug = (alert: string): string => `alert-${alert.toLowerCase()}`;

describe('Prometheus rules and Grafana dashboard', () => {
  it('name only metrics and labels that the service has', async () => {
    const known = await readKnown();
    const expressions = [
      ...rules.map(({ expr, alert, record }) => [alert ?? record ?? '', expr] as const),
      ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ];
    expect(expressions.length).to.be.greaterThan(40);
    for (const [where, expr] of expressions) {
      const { metrics, labels, isBroken } = readSeries(expr);
      expect(isBroken, `${where}: not PromQL`).to.equal(false);
      expect(
        metrics.filter((name) => !known.names.has(name)),
        `${where}: unknown metrics`,
      ).to.deep.equal([]);
      expect(
        labels.filter((name) => !known.labels.has(name)),
        `${where}: unknown labels`,
      ).to.deep.equal([]);
    }
  });

  it('count exactly the codes that are answered with 5xx as orders that fail', () => {
    const failing = Object.entries(ERROR_CODES).filter(([, { status }]) => status >= 500);
    const codes = failing
      .map(([code]) => code)
      .sort()
      .join('|');
    expect(alerts.find(({ alert }) => alert === 'CdsOrdersFail')?.expr).to.contain(`{code=~"${codes}"}`);
    expect(JSON.stringify(dashboard)).to.contain(`{code=~\\"${codes}\\"}`);
  });

  it('name cards, abstention reasons and codes that exist', () => {
    const text = rules.map(({ expr }) => expr).join('\n');
    for (const card of ['running', 'delayed', 'failed', 'overloaded']) expect(CARD_IDS).to.include(card);
    for (const reason of ['evidence-too-low', 'hemorrhage-present']) {
      expect(ABSTENTION_REASONS).to.include(reason);
      expect(text).to.contain(reason);
    }
  });

  it('have a severity, a sentence and a section of the runbook for every alert, and no section without an alert', () => {
    expect(alerts.length).to.be.greaterThan(15);
    const headings = [...runbook.matchAll(/^### (Alert \S+)$/gm)].map((match) => match[1] ?? '');
    expect(headings.sort()).to.deep.equal(alerts.map(({ alert }) => `Alert ${alert ?? ''}`).sort());
    for (const { alert, labels, annotations } of alerts) {
      expect(labels, alert).not.to.equal(undefined);
      expect(annotations?.runbook).to.equal(`docs/runbook.md#${toSlug(alert ?? '')}`);
    }
  });

  it('say in each section what it means, what to look at, what to do and whom to call', () => {
    for (const section of runbook.split(/^### Alert /m).slice(1)) {
      const text = section.split(/^##? /m)[0]!;
      for (const word of ['Means', 'Look', 'Do', 'Call']) {
        expect(text, section.slice(0, 30)).to.match(new RegExp(`^- \\*\\*${word}\\*\\*: .`, 'm'));
      }
    }
  });

  for (const words of [
    ['check', 'rules', RULES],
    ['test', 'rules', 'deploy/prometheus/alerts.test.yaml'],
    ['test', 'rules', 'deploy/prometheus/alerts-drift.test.yaml'],
    ['check', 'config', 'deploy/prometheus/prometheus.yaml'],
  ]) {
    it(`pass promtool ${words.join(' ')}`, async function () {
      this.timeout(60_000);
      const hasPromtool = await run('promtool', ['--version']).then(
        () => true,
        () => false,
      );
      if (!hasPromtool) skip(this, 'no promtool (apt-get install prometheus)');
      const { stdout } = await run('promtool', words).catch((error: unknown) => {
        throw new Error(String((error as { stdout?: string }).stdout));
      });
      expect(stdout).to.contain('SUCCESS');
    });
  }

  it('are tested: every alert fires in a promtool test', () => {
    const tests = ['alerts', 'alerts-drift']
      .map((name) => readFileSync(`deploy/prometheus/${name}.test.yaml`, 'utf8'))
      .join('\n');
    for (const { annotations } of alerts) expect(tests).to.contain(`runbook: ${annotations?.runbook ?? 'none'}`);
  });
});
