/**
 * Orders at a fixed rate, whether the service keeps up or not (an open loop: a slow answer does not spare it the next
 * order). Latency counts from the moment an order was due. Memory is read from outside, every two seconds.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backdrop } from '../../test/faults/backdrop.ts';
import { makeRequest } from '../../test/faults/ehr.ts';
import type { ServiceProcess } from '../../test/faults/service-process.ts';

export interface Load {
  readonly backdrop: Backdrop;
  readonly service: ServiceProcess;
  /** Patients whose result stands in the chart; asked for in turn. */
  readonly known: readonly string[];
  /** Patients nobody has asked for; each is asked for once. */
  readonly unseen: readonly string[];
  readonly rate: number;
  readonly seconds: number;
  readonly unseenShare: number;
}

export interface LoadResult {
  readonly answered: number;
  readonly failed: number;
  /** Why: the status and code of the answer, or the name of what broke. */
  readonly failures: ReadonlyMap<string, number>;
  readonly knownMs: readonly number[];
  readonly unseenMs: readonly number[];
  /** What orders for unseen CTs were told. */
  readonly cards: ReadonlyMap<string, number>;
  readonly residentMb: readonly number[];
  readonly growthMbPerMinute: number;
  readonly analysed: number;
  readonly analysedOrders: number;
  metric(name: string): string;
}

const PATH = '/cds-services/thrombectomy-risk';
const SAMPLE_MS = 2_000;
const CARDS: readonly (readonly [string, RegExp])[] = [
  ['overloaded', /will come too late/],
  ['waiting', /waits to be analyzed/],
  ['running', /is being analyzed/],
  ['delayed', /delayed by a technical fault/],
];

interface Tally {
  readonly failures: Map<string, number>;
  readonly knownMs: number[];
  readonly unseenMs: number[];
  readonly cards: Map<string, number>;
}

export async function applyLoad(load: Load): Promise<LoadResult> {
  const { service, rate, seconds } = load;
  const tally: Tally = { failures: new Map(), knownMs: [], unseenMs: [], cards: new Map() };
  const bundles = new Map<string, unknown>();
  for (const id of [...load.known, ...load.unseen]) bundles.set(id, await readStudies(load.backdrop, id));
  const logFrom = service.log.length;
  const memory = sampleMemory(service);
  const unseen = load.unseen.values();
  const orders: Promise<void>[] = [];
  const from = performance.now();
  for (let at = 0; at < rate * seconds; at += 1) {
    const dueMs = from + (at * 1_000) / rate;
    const aheadMs = dueMs - performance.now();
    if (aheadMs > 1) await pause(aheadMs);
    const isUnseen = load.unseenShare > 0 && at % Math.round(1 / load.unseenShare) === 0;
    const patientId = (isUnseen ? unseen.next().value : undefined) ?? load.known[at % load.known.length] ?? '';
    orders.push(order(load, { patientId, bundle: bundles.get(patientId), isUnseen, dueMs }, tally));
  }
  await Promise.all(orders);
  const residentMb = memory.stop();
  const assessed = service.log.slice(logFrom).filter(({ msg }) => msg === 'study assessed');
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  return {
    ...tally,
    answered: tally.knownMs.length + tally.unseenMs.length,
    failed: [...tally.failures.values()].reduce((sum, one) => sum + one, 0),
    residentMb,
    growthMbPerMinute: fitGrowth(residentMb.slice(Math.floor(residentMb.length / 2))),
    analysed: assessed.length,
    analysedOrders: assessed.filter((line) => line['urgency'] === 'order').length,
    metric: (name) =>
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1) ?? '?',
  };
}

interface DueOrder {
  readonly patientId: string;
  readonly bundle: unknown;
  readonly isUnseen: boolean;
  readonly dueMs: number;
}

async function order({ backdrop, service }: Load, due: DueOrder, tally: Tally): Promise<void> {
  try {
    const authorization = await backdrop.authorize(service.url + PATH);
    const response = await fetch(service.url + PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(makeRequest(due.patientId, randomUUID(), { imagingStudies: due.bundle })),
    });
    const { cards, code } = (await response.json()) as { cards?: { summary: string }[]; code?: string };
    if (response.status !== 200) {
      count(tally.failures, `${String(response.status)} ${code ?? ''}`);
      return;
    }
    (due.isUnseen ? tally.unseenMs : tally.knownMs).push(performance.now() - due.dueMs);
    if (!due.isUnseen) return;
    const name = CARDS.find(([, words]) => words.test(cards?.[0]?.summary ?? ''))?.[0] ?? 'answered';
    count(tally.cards, name);
  } catch (error) {
    count(tally.failures, nameBreak(error));
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** `ECONNRESET` and the like: fetch wraps them. */
function nameBreak(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return cause?.code ?? (error instanceof Error ? error.name : 'unknown');
}

/** The prefetch an EHR sends along. */
async function readStudies(backdrop: Backdrop, patientId: string): Promise<unknown> {
  const resource = await backdrop.fhir.repository.readResource('ImagingStudy', `${patientId}-ct`);
  return { resourceType: 'Bundle', type: 'searchset', total: 1, entry: [{ resource, search: { mode: 'match' } }] };
}

function sampleMemory(service: ServiceProcess): { stop(): readonly number[] } {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(service.residentMb()), SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return samples;
    },
  };
}

/** Slope of a straight line through the samples, by least squares. */
function fitGrowth(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const [along, across] = samples.reduce(
    ([a, b], value, at) => [a + (at - middle) * (value - mean), b + (at - middle) ** 2],
    [0, 0],
  );
  return (along / across) * (60_000 / SAMPLE_MS);
}
