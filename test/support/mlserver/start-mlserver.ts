/**
 * MLServer (PyPI `mlserver`, with `onnxruntime`) as a second, independent server of the Open Inference Protocol, in a
 * process that a test may freeze, kill and start again at the same address.
 * MLSERVER_PYTHON names a Python that has both; without it the tests that want it are skipped.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findFreePort, runInferenceServer } from '../inference-server-process.ts';
import type { InferenceServerProcess, Serving } from '../inference-server-process.ts';

export const NO_MLSERVER =
  'no MLServer: set MLSERVER_PYTHON to a Python with mlserver, onnxruntime and tritonclient[http]';

export type MlServer = InferenceServerProcess<Serving>;

export async function startMlServer(python: string, serving: Serving): Promise<MlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mlserver-'));
  const ports = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
  const [http_port, grpc_port, metrics_port] = ports;
  const settings = { host: '127.0.0.1', http_port, grpc_port, metrics_port, parallel_workers: 0, debug: false };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  return runInferenceServer(
    {
      name: 'MLServer',
      baseUrl: `http://127.0.0.1:${String(http_port)}`,
      launch: async (what: Serving) => {
        await writeModels(folder, what);
        const words = ['-c', 'from mlserver.cli import main; main()', 'start', folder];
        return spawn(python, words, { cwd: folder, stdio: 'ignore' });
      },
      clear: () => rm(folder, { recursive: true, force: true }),
    },
    serving,
  );
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
