/** A server of the Open Inference Protocol in a process of its own, at one address whatever happens to the process. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What a server may be told to serve. */
export interface Serving {
  /** Network name -> ONNX file. */
  readonly models: Readonly<Record<string, string>>;
  /** It runs out of memory for more. */
  readonly memoryForSlices?: number;
}

export interface InferenceServerProcess<What> {
  readonly baseUrl: string;
  /** SIGSTOP: connections are taken, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, whatever it is at. */
  kill(): Promise<void>;
  /** SIGTERM, as an orchestrator does; resolves when it has ended. */
  terminate(): Promise<void>;
  /** In a new process at the same address, until it is ready. */
  restart(what: What): Promise<void>;
  stop(): Promise<void>;
}

export interface InferenceServerOptions<What> {
  readonly name: string;
  readonly baseUrl: string;
  readonly launch: (what: What) => Promise<ChildProcess>;
  /** Takes away what `launch` left, once the process has ended. */
  readonly clear: () => Promise<void>;
  /** Why it did not become ready, for the error. */
  readonly explain?: () => Promise<string>;
}

export async function runInferenceServer<What>(
  options: InferenceServerOptions<What>,
  serving: What,
): Promise<InferenceServerProcess<What>> {
  const { name, baseUrl, launch, clear, explain = () => Promise.resolve('') } = options;
  const run = async (what: What): Promise<ChildProcess> => {
    const started = await launch(what);
    if (await becomesReady(started, baseUrl)) return started;
    await end(started, 'SIGKILL');
    throw new Error(`${name} did not become ready ${await explain()}`);
  };
  let server = await run(serving).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    baseUrl,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    kill: () => end(server, 'SIGKILL'),
    terminate: () => end(server, 'SIGTERM'),
    restart: async (next) => {
      await end(server, 'SIGKILL');
      server = await run(next);
    },
    stop: async () => {
      server.kill('SIGCONT');
      await Promise.race([end(server, 'SIGTERM'), pause(5_000).then(() => end(server, 'SIGKILL'))]);
      await clear();
    },
  };
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function becomesReady(server: ChildProcess, baseUrl: string): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && !hasEnded(server); attempt += 1) {
    const isReady = await fetch(`${baseUrl}/v2/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return true;
    await pause(200);
  }
  return false;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(server)) return;
  const exited = once(server, 'exit');
  server.kill(signal);
  await exited;
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}
