/**
 * `npm run bench`: the whole walk on this machine, in one table. A sandbox hospital on loopback, the real service,
 * the two big networks: (1) orders whose answer stands in the chart, under autocannon; (2) orders for a CT nobody
 * has seen; (3) CT to chart, per stage. The sandbox's FHIR server runs in the same process and is part of what is
 * measured: a real chart is elsewhere. Shared cores make noise; ratios between rows of one run say more than figures.
 */
import { randomUUID } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import autocannon from 'autocannon';
import { findPatient, openHospital, type Hospital } from '../test/support/hospital.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);
const UNSEEN = 4;
type Row = readonly [what: string, figure: string];

const hospital = await openHospital({
  patients: [findPatient('demo-1'), ...Array.from({ length: UNSEEN }, (_, index) => makePatient(index))],
  settings: { ENSEMBLE_FILE: 'models/ensemble.json', CDS_AUTH: 'insecure-loopback', CALLS_PER_MINUTE: '1000000' },
});
const rows: Row[] = [];
try {
  rows.push(...(await measureUnseen(hospital)));
  for (const connections of [1, 10, 50]) rows.push(...(await measureKnown(hospital, connections)));
  rows.push(...summariseStages(hospital.log()));
} finally {
  await hospital.close();
}
print(rows);
process.exit(0);

function makePatient(index: number) {
  return { ...findPatient('demo-2'), id: `bench-${String(index)}`, seed: 7000 + index };
}

/** Budget 400 ms, analysis takes seconds: the "running" card, then the time until the result stands in the chart. */
async function measureUnseen(at: Hospital): Promise<Row[]> {
  const cards: number[] = [];
  const charts: number[] = [];
  for (let index = 0; index < UNSEEN; index += 1) {
    const from = performance.now();
    const answer = await at.sign(`bench-${String(index)}`);
    cards.push(answer.serviceMs ?? answer.durationMs);
    await at.waitFor(`RiskAssessment?subject=Patient/bench-${String(index)}`, 3, 120_000);
    charts.push(performance.now() - from);
  }
  return [
    [`order → card, unseen CT (n=${String(UNSEEN)}), median`, `${toMs(median(cards))} (budget 400 ms)`],
    [`order → result in the chart, unseen CT, median`, toMs(median(charts))],
  ];
}

async function measureKnown(at: Hospital, connections: number): Promise<Row[]> {
  const { request } = await at.sign('bench-0');
  const result = await autocannon({
    url: `${at.service.url}/cds-services/thrombectomy-risk`,
    connections,
    duration: SECONDS,
    headers: { 'content-type': 'application/json' },
    requests: [
      {
        method: 'POST',
        setupRequest: (one) => ({ ...one, body: JSON.stringify({ ...request, hookInstance: randomUUID() }) }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${String(result.non2xx)} refused, ${String(result.errors)} failed`);
  const { p50, p97_5, p99 } = result.latency;
  const title = `order → cards, result in the chart, ${String(connections)} at once`;
  return [[title, `p50 ${toMs(p50)}, p97.5 ${toMs(p97_5)}, p99 ${toMs(p99)}; ${result.requests.average.toFixed(0)}/s`]];
}

/** Stage times as the service itself logged them. */
function summariseStages(log: string): Row[] {
  const stages = new Map<string, number[]>();
  for (const line of log.split('\n').filter((one) => one.includes('"study assessed"'))) {
    const { stagesMs } = JSON.parse(line) as { stagesMs: Record<string, number> };
    for (const [stage, ms] of Object.entries(stagesMs)) stages.set(stage, [...(stages.get(stage) ?? []), ms]);
  }
  return [...stages].map(([stage, values]) => [
    `CT → chart, stage ${stage}, median of ${String(values.length)}`,
    toMs(median(values)),
  ]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function toMs(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function print(table: readonly Row[]): void {
  const [cpu] = cpus();
  console.log(
    `\n${cpu?.model ?? 'unknown CPU'}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}\n`,
  );
  console.log('| what | figure |\n|---|---|');
  for (const [what, figure] of table) console.log(`| ${what} | ${figure} |`);
}
