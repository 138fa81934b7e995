/**
 * MLServer (PyPI `mlserver`, with `onnxruntime`) as a second, independent server of the Open Inference Protocol, in a
 * process that a test may freeze, kill and start again at the same address.
 * MLSERVER_PYTHON names a Python that has both; without it the tests that want it are skipped.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const NO_MLSERVER =
  'no MLServer: set MLSERVER_PYTHON to a Python with mlserver, onnxruntime and tritonclient[http]';

/** What it serves. */
export interface Serving {
  /** Network name -> ONNX file. */
  readonly models: Readonly<Record<string, string>>;
  /** It runs out of memory for more. */
  readonly memoryForSlices?: number;
}

export interface MlServer {
  readonly baseUrl: string;
  /** SIGSTOP: connections are taken, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, whatever it is at. */
  kill(): Promise<void>;
  /** In a new process at the same address, until it is ready. */
  restart(serving: Serving): Promise<void>;
  stop(): Promise<void>;
}

export async function startMlServer(python: string, serving: Serving): Promise<MlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mlserver-'));
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const [http_port, grpc_port, metrics_port] = ports;
  const settings = { host: '127.0.0.1', http_port, grpc_port, metrics_port, parallel_workers: 0, debug: false };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  const baseUrl = `http://127.0.0.1:${String(http_port)}`;

  const run = async (what: Serving): Promise<ChildProcess> => {
    await writeModels(folder, what);
    const started = spawn(python, ['-c', 'from mlserver.cli import main; main()', 'start', folder], {
      cwd: folder,
      stdio: 'ignore',
    });
    if (await becomesReady(started, baseUrl)) return started;
    await end(started, 'SIGKILL');
    throw new Error('MLServer did not become ready');
  };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let server = await run(serving).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    baseUrl,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    kill: () => end(server, 'SIGKILL'),
    restart: async (next) => {
      await end(server, 'SIGKILL');
      server = await run(next);
    },
    stop: async () => {
      server.kill('SIGCONT');
      await Promise.race([end(server, 'SIGTERM'), pause(5_000).then(() => end(server, 'SIGKILL'))]);
      await remove();
    },
  };
}

async function writeModels(folder: string, { models, memoryForSlices = 1_000 }: Serving): Promise<void> {
  for (const [name, file] of Object.entries(models)) {
    const modelFolder = join(folder, name);
    await mkdir(modelFolder, { recursive: true });
    await copyFile(join(import.meta.dirname, 'onnx_network.py'), join(modelFolder, 'onnx_network.py'));
    const parameters = { uri: resolve(file), extra: { memory_for_slices: memoryForSlices } };
    const model = { name, implementation: 'onnx_network.OnnxNetwork', parameters };
    await writeFile(join(modelFolder, 'model-settings.json'), JSON.stringify(model));
  }
}

async function becomesReady(server: ChildProcess, baseUrl: string): Promise<boolean> {
  for (let attempt = 0; attempt < 300 && !hasEnded(server); attempt += 1) {
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

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
