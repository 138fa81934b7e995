/**
 * The service as a site runs it: `node src/main.ts` in a process of its own, from environment variables. It can be
 * killed with -9 at any moment, asked to stop, started again, and its log and memory are read from outside.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backdrop } from './backdrop.ts';

export interface LogLine {
  readonly level: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

export interface ServiceProcess {
  readonly url: string;
  readonly dataDir: string;
  /** All lines since the first start. */
  readonly log: readonly LogLine[];
  /** Resolves when it answers orders and analyses run; rejects when it ended instead. */
  start(): Promise<void>;
  /** Starts and does not wait. */
  launch(): void;
  whenReady(): Promise<void>;
  isUp(): boolean;
  onLog(listener: (line: LogLine) => void): () => void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  pid(): number;
  residentMb(): number;
  /** Ends it and removes its folder. */
  dispose(): Promise<void>;
}

export interface ServiceOptions {
  readonly backdrop: Backdrop;
  readonly settings?: Readonly<Record<string, string>>;
  /** Beside the settings: LD_PRELOAD of libfaketime and the like. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of a folder of its own. */
  readonly dataDir?: string;
  /** Words before `node`: a namespace, a nice value. */
  readonly wrapper?: readonly string[];
}

/** A cron expression that does not come around during a test. */
export const NEVER = '0 0 0 29 2 *';
const READY = 'networks are warm, analyses run';
/** A fresh embedded database on a busy machine takes its time. */
const START_LIMIT_MS = 180_000;

export async function createServiceProcess(options: ServiceOptions): Promise<ServiceProcess> {
  const { backdrop } = options;
  const folder = await mkdtemp(join(tmpdir(), 'faults-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const issuersFile = join(folder, 'issuers.json');
  await writeFile(issuersFile, JSON.stringify([{ ...backdrop.issuer, fhirServers: [backdrop.fhirGate.url] }]));
  const port = await findFreePort();
  const environment = {
    PATH: process.env['PATH'] ?? '',
    ORT_DISABLE_TELEMETRY: '1',
    PORT: String(port),
    FHIR_BASE_URL: backdrop.fhirGate.url,
    PACS_BASE_URL: backdrop.pacsGate.url,
    PACS_REACH: 'loopback',
    CDS_TRUSTED_ISSUERS_FILE: issuersFile,
    CALLS_PER_MINUTE: '1000000',
    MIN_EVIDENCE_LEVEL: 'untrained',
    ENSEMBLE_FILE: 'test/fixtures/models/small-ensemble.json',
    INFERENCE_THREADS: '1',
    DATA_DIR: dataDir,
    SWEEP_CRON: NEVER,
    LINK_SECRET: 'shared-by-every-replica-of-this-test',
    ...options.settings,
    ...options.environment,
  };
  const wrapper = options.wrapper ?? [];
  return toService({ wrapper, folder, dataDir, environment, url: `http://127.0.0.1:${String(port)}` });
}

interface Parts {
  readonly wrapper: readonly string[];
  readonly folder: string;
  readonly dataDir: string;
  readonly environment: Record<string, string>;
  readonly url: string;
}

function toService({ folder, dataDir, environment, url, wrapper }: Parts): ServiceProcess {
  const log: LogLine[] = [];
  const listeners = new Set<(line: LogLine) => void>();
  let running: { child: ChildProcess; exited: Promise<unknown>; ready: PromiseWithResolvers<void> } | undefined;

  function launch(): void {
    const [command, words] = [wrapper[0] ?? process.execPath, [...wrapper, process.execPath, 'src/main.ts'].slice(1)];
    const child = spawn(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const ready = Promise.withResolvers<undefined>() as unknown as PromiseWithResolvers<void>;
    ready.promise.catch(() => undefined);
    const hear = (text: string): void => {
      const line = toLine(text);
      log.push(line);
      if (line.msg === READY) ready.resolve();
      listeners.forEach((tell) => tell(line));
    };
    createInterface({ input: child.stdout }).on('line', hear);
    createInterface({ input: child.stderr }).on('line', hear);
    const exited = once(child, 'exit').then(() => ready.reject(new Error('the service ended before it was ready')));
    running = { child, exited, ready };
  }
  const current = () => {
    if (running === undefined) throw new Error('the service was not started');
    return running;
  };
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const { child, exited } = current();
    const children = listChildren(child.pid ?? 0);
    child.kill(signal);
    await exited;
    await waitUntilGone(children);
    return child.exitCode;
  };
  const isUp = (): boolean => running !== undefined && running.child.exitCode === null && !running.child.killed;
  const whenReady = async (): Promise<void> => {
    const late = pause(START_LIMIT_MS, undefined, { ref: false }).then(() => {
      throw new Error('the service did not get ready');
    });
    late.catch(() => undefined);
    await Promise.race([current().ready.promise, late]);
  };
  return {
    ...{ url, dataDir, log, launch, whenReady, isUp },
    start: () => {
      launch();
      return whenReady();
    },
    onLog: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    pid: () => current().child.pid ?? 0,
    residentMb: () => readResidentMb(current().child.pid ?? 0),
    dispose: async () => {
      if (isUp()) await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: 'plain', msg: text };
  }
}

function listChildren(pid: number): readonly number[] {
  const file = `/proc/${String(pid)}/task/${String(pid)}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** What a killed service leaves behind must end by itself: the networks' process hears that its parent is gone. */
async function waitUntilGone(pids: readonly number[]): Promise<void> {
  for (let waitedMs = 0; pids.some((pid) => existsSync(`/proc/${String(pid)}/exe`)); waitedMs += 50) {
    if (waitedMs > 20_000) throw new Error('a child of the killed service is still running');
    await pause(50);
  }
}

function readResidentMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Below the range of outgoing connections: while the service is down, nobody else must be given its port. */
const [FIRST_PORT, PORTS] = [15_000, 15_000];

async function findFreePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
