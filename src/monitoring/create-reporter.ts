/**
 * Days in, report out, from a chart: what the page and the trial's command share. One report is made at a time and
 * kept for a minute, so that reloading a page does not search the chart again; a period beyond the limits is refused.
 */
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import { addDays, countDays, findStart, isDay } from './days.ts';
import { collectFacts, type MonitoringChart } from './facts/collect-facts.ts';
import { buildReport, type ReportRules } from './report/build-report.ts';
import type { SiteReport } from './report/site-report.ts';

export interface ReporterOptions extends ReportRules {
  readonly chart: MonitoringChart;
  readonly timeZone: string;
  readonly now: () => Date;
  readonly logger?: Logger;
  readonly timeoutMs?: number;
  /** Per search. Default 60 000: 20 000 assessed CTs, measured in docs/monitoring.md. */
  readonly maximumResources?: number;
}

export interface Reporter {
  /** Both days are included. Throws Fault `request-malformed`, `report-too-large`, or what the chart throws. */
  report(period: { readonly firstDay: string; readonly lastDay: string }): Promise<SiteReport>;
}

export const MOST_REPORT_DAYS = 366;
/** The one that is being made included. */
const MOST_WAITING = 4;
const KEPT_MS = 60_000;
const TIMEOUT_MS = 120_000;
const MAXIMUM_RESOURCES = 60_000;

export function createReporter(options: ReporterOptions): Reporter {
  const { now } = options;
  let kept: { readonly name: string; readonly until: number; readonly report: Promise<SiteReport> } | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    report(period) {
      const problem = findProblem(period);
      if (problem !== undefined) return Promise.reject(new Fault('request-malformed', problem));
      const name = `${period.firstDay} ${period.lastDay}`;
      if (kept?.name === name && kept.until > now().getTime()) return kept.report;
      if (waiting >= MOST_WAITING) return Promise.reject(new Fault('rate-limited', 'Other reports are being made'));
      waiting += 1;
      const make = () => makeReport(options, period);
      const report = running.then(make, make).finally(() => {
        waiting -= 1;
      });
      running = report;
      const mine = { name, until: now().getTime() + KEPT_MS, report };
      kept = mine;
      report.catch(() => {
        if (kept === mine) kept = undefined;
      });
      return report;
    },
  };
}

function findProblem({ firstDay, lastDay }: { firstDay: string; lastDay: string }): string | undefined {
  if (!isDay(firstDay) || !isDay(lastDay)) return 'A day is written YYYY-MM-DD';
  if (firstDay > lastDay) return 'The first day lies after the last one';
  if (countDays(firstDay, lastDay) > MOST_REPORT_DAYS) return `More than ${String(MOST_REPORT_DAYS)} days`;
  return undefined;
}

async function makeReport(
  options: ReporterOptions,
  { firstDay, lastDay }: { readonly firstDay: string; readonly lastDay: string },
): Promise<SiteReport> {
  const { chart, timeZone, now } = options;
  const startedAt = performance.now();
  const period = { from: findStart(firstDay, timeZone), until: findStart(addDays(lastDay, 1), timeZone) };
  const facts = await collectFacts(chart, period, {
    signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
    maximumResources: options.maximumResources ?? MAXIMUM_RESOURCES,
  });
  const report = buildReport(facts, options, { firstDay, lastDay, timeZone, madeAt: now() });
  const resources = facts.sources.reduce((sum, source) => sum + source.resources, 0);
  options.logger?.info({ resources, durationMs: Math.round(performance.now() - startedAt) }, 'site report made');
  return report;
}
