/**
 * MLServer (PyPI `mlserver`, with `onnxruntime`) as a second, independent server of the Open Inference Protocol.
 * MLSERVER_PYTHON names a Python that has both; without it the tests that want it are skipped.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface MlServer {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** @param models network name -> ONNX file */
export async function startMlServer(python: string, models: Readonly<Record<string, string>>): Promise<MlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mlserver-'));
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const [http_port, grpc_port, metrics_port] = ports;
  const settings = { host: '127.0.0.1', http_port, grpc_port, metrics_port, parallel_workers: 0, debug: false };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  for (const [name, file] of Object.entries(models)) {
    const modelFolder = join(folder, name);
    await mkdir(modelFolder);
    await copyFile(join(import.meta.dirname, 'onnx_network.py'), join(modelFolder, 'onnx_network.py'));
    const model = { name, implementation: 'onnx_network.OnnxNetwork', parameters: { uri: resolve(file) } };
    await writeFile(join(modelFolder, 'model-settings.json'), JSON.stringify(model));
  }
  const server = spawn(python, ['-c', 'from mlserver.cli import main; main()', 'start', folder], {
    cwd: folder,
    stdio: 'ignore',
  });
  const exited = new Promise((end) => server.once('exit', end));
  const baseUrl = `http://127.0.0.1:${String(http_port)}`;
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await Promise.race([exited, pause(5_000).then(() => server.kill('SIGKILL'))]);
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const isReady = await fetch(`${baseUrl}/v2/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return { baseUrl, stop };
    if (server.exitCode !== null) break;
    await pause(200);
  }
  await stop();
  throw new Error('MLServer did not become ready');
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((end) => server.once('listening', end));
  const { port } = server.address() as AddressInfo;
  await new Promise((end) => server.close(end));
  return port;
}
