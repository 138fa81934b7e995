/**
 * `npm run bench:report`: the monitoring page over 10 000 RiskAssessments (and their orders and outcomes) on a loopback
 * FHIR server that only pages what it holds: time to the report and the page, processor time and the highest memory
 * above the start, the made-up chart itself not counted.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Resource } from '@medplum/fhirtypes';
import { createNoTokens } from '../src/fhir/access/access-tokens.ts';
import { createFhirConnection } from '../src/fhir/access/fhir-connection.ts';
import { createReporter } from '../src/monitoring/create-reporter.ts';
import { renderReportFile } from '../src/monitoring/page/render-report.ts';
import { readPageWords } from '../src/wiring/build-monitoring.ts';
import { makeTrial, makeTrialEnsemble } from '../test/support/made-up-trial.ts';

const PAGE = 200;
const SIZES = [1_000, 3_334, 20_000];
const PERIOD = { firstDay: '2026-01-01', lastDay: '2026-12-31' };
const WORDS = readPageWords('en');
const SCORES = Array.from({ length: 64 }, (_, index) => ((index * 37) % 64) / 70);

/** Pages of every search; in the same process, so its work is part of the figures. */
async function servePages(resources: readonly Resource[]) {
  const byType = Map.groupBy(resources, ({ resourceType }) => resourceType);
  let url = '';
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://loopback');
    const type = asked.pathname.split('/').at(-1) ?? '';
    const from = Number(asked.searchParams.get('_offset') ?? 0);
    const kind = asked.searchParams.get('subtype')?.split('|')[1];
    const all = (byType.get(type as Resource['resourceType']) ?? []).filter(
      (one) => one.resourceType !== 'AuditEvent' || one.subtype?.some(({ code }) => code === kind),
    );
    asked.searchParams.set('_offset', String(from + PAGE));
    const entry = all.slice(from, from + PAGE).map((resource) => ({ resource }));
    const link =
      from + PAGE < all.length ? [{ relation: 'next', url: `${url}/${type}?${asked.searchParams.toString()}` }] : [];
    response.setHeader('content-type', 'application/fhir+json');
    response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: all.length, link, entry }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`;
  return { url, close: () => server.close().closeAllConnections() };
}

const rows: Record<string, string | number>[] = [];
for (const patients of SIZES) {
  const { resources } = makeTrial({ patients, firstDay: '2026-01-01', days: 300 });
  const server = await servePages(resources);
  const chart = createFhirConnection({ baseUrl: server.url, tokens: createNoTokens(), identity: 'service' });
  const reporter = createReporter({
    ...{ chart, ensemble: makeTrialEnsemble(SCORES), minimumEvidence: 'in-silico', maximumCtAgeHours: 24 },
    ...{ timeZone: 'Europe/Berlin', now: () => new Date(), maximumResources: 60_000 },
  });
  globalThis.gc?.();
  const [before, from, cpu] = [process.memoryUsage().heapUsed, performance.now(), process.cpuUsage()];
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage().heapUsed)), 5);
  const report = await reporter.report(PERIOD);
  const made = performance.now();
  const html = renderReportFile(report, WORDS);
  clearInterval(watch);
  rows.push({
    RiskAssessments: patients * 3,
    'all resources': report.sources.reduce((sum, { resources: count }) => sum + count, 0),
    'report s': ((made - from) / 1000).toFixed(2),
    'CPU s (server included)': (process.cpuUsage(cpu).user / 1e6).toFixed(2),
    'page ms': (performance.now() - made).toFixed(0),
    'page KB': (html.length / 1024).toFixed(0),
    'heap above start, highest MB': ((highest - before) / 2 ** 20).toFixed(0),
  });
  server.close();
}
console.table(rows);
