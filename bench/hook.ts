/**
 * `npm run bench:hook`: order-sign to card with a verified token, at 1, 10 and 100 connections and at 100 orders a
 * second, beside a bare express app that verifies the same token, and once more with traces sent to a collector. Prints
 * one table; CPU is the server process's own.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import autocannon, { type Result } from 'autocannon';
import { makeCallerKeys, signToken, type CallerKeys } from '../test/contract/cds-harness.ts';
import { makeRequest } from '../test/contract/order-requests.ts';
import type { StartMessage } from './hook/hook-server.ts';

interface Load {
  readonly connections: number;
  readonly calls: number;
  /** Orders a second over all connections; undefined: as fast as it goes. */
  readonly rate?: number;
}

interface Row {
  readonly kind: StartMessage['kind'];
  readonly load: Load;
  readonly perSecond: number;
  readonly p50: number;
  /** autocannon has no p95; this is stricter. */
  readonly p97_5: number;
  readonly p99: number;
  readonly cpuMsPerCall: number;
  readonly failed: number;
  readonly rssMib: number;
}

const LOADS: readonly Load[] = [
  { connections: 1, calls: 1000 },
  { connections: 10, calls: 3000 },
  { connections: 100, calls: 3000 },
  { connections: 10, calls: 1500, rate: 100 },
];
const WARM_UP = { connections: 10, calls: 1000 } as const;
const BODY = JSON.stringify(makeRequest({ top: { prefetch: { imagingStudies: null } } }));

async function ask<Answer>(child: ChildProcess, message: StartMessage | 'cpu'): Promise<Answer> {
  child.send(message);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

/** Tokens are signed before the clock runs: a client's work is not the server's. */
async function signMany(keys: CallerKeys, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let at = 0; at < count; at += 1) tokens.push(`Bearer ${await signToken(keys)}`);
  return tokens;
}

async function fire(port: number, load: Load, tokens: string[]): Promise<Result> {
  return autocannon({
    url: `http://127.0.0.1:${String(port)}/cds-services/thrombectomy-risk`,
    connections: load.connections,
    amount: load.calls,
    ...(load.rate === undefined ? {} : { overallRate: load.rate }),
    requests: [
      {
        method: 'POST',
        body: BODY,
        setupRequest: (request) => ({
          ...request,
          headers: { 'content-type': 'application/json', authorization: tokens.pop() ?? '' },
        }),
      },
    ],
  });
}

async function measure(kind: StartMessage['kind'], keys: CallerKeys, collector: string): Promise<readonly Row[]> {
  const child = fork(new URL('hook/hook-server.ts', import.meta.url), { stdio: 'inherit' });
  const rows: Row[] = [];
  try {
    const { port } = await ask<{ port: number }>(child, { kind, publicJwk: keys.publicJwk, collector });
    await fire(port, WARM_UP, await signMany(keys, WARM_UP.calls * 2));
    for (const load of LOADS) {
      const tokens = await signMany(keys, Math.ceil(load.calls * 1.2) + 2 * load.connections);
      const before = await ask<CpuAnswer>(child, 'cpu');
      const result = await fire(port, load, tokens);
      rows.push(toRow(kind, load, result, before, await ask<CpuAnswer>(child, 'cpu')));
    }
  } finally {
    child.kill();
  }
  return rows;
}

interface CpuAnswer {
  readonly cpu: NodeJS.CpuUsage;
  readonly rssBytes: number;
}

function toRow(kind: Row['kind'], load: Load, result: Result, before: CpuAnswer, after: CpuAnswer): Row {
  const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  const answered = result['2xx'];
  return {
    kind,
    load,
    perSecond: answered / result.duration,
    p50: result.latency.p50,
    p97_5: result.latency.p97_5,
    p99: result.latency.p99,
    cpuMsPerCall: cpuUs / 1000 / Math.max(answered, 1),
    failed: result.non2xx + result.errors,
    rssMib: after.rssBytes / 1024 / 1024,
  };
}

function printTable(rows: readonly Row[]): void {
  const floorOf = (load: Load): Row | undefined => rows.find((row) => row.kind === 'floor' && row.load === load);
  const model = cpus()[0]?.model ?? 'unknown';
  console.log(
    `\n${String(cpus().length)} x ${model}, Node ${process.version}, ES384 tokens, load generator on the same machine\n`,
  );
  console.log(
    '| what | connections | answers/s | p50 ms | p97.5 ms | p99 ms | CPU ms/answer | vs floor | failed | RSS MiB |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const floor = floorOf(row.load);
    const ratio = floor === undefined ? '' : `${(row.cpuMsPerCall / floor.cpuMsPerCall).toFixed(2)}x`;
    const connections = `${String(row.load.connections)}${row.load.rate === undefined ? '' : ` at ${String(row.load.rate)}/s`}`;
    const numbers = [row.perSecond.toFixed(0), row.p50, row.p97_5, row.p99, row.cpuMsPerCall.toFixed(2), ratio];
    console.log(`| ${[row.kind, connections, ...numbers, row.failed, row.rssMib.toFixed(0)].join(' | ')} |`);
  }
}

const keys = await makeCallerKeys('ES384', 'ehr-1');
const sink = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
}).listen(0, '127.0.0.1');
await once(sink, 'listening');
const collector = `http://127.0.0.1:${String((sink.address() as AddressInfo).port)}`;
const rows: Row[] = [];
for (const kind of ['floor', 'service', 'traced'] as const) rows.push(...(await measure(kind, keys, collector)));
sink.closeAllConnections();
sink.close();
printTable(rows);
if (rows.some((row) => row.failed > 0)) process.exitCode = 1;
