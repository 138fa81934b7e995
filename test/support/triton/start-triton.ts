/**
 * NVIDIA Triton on a free loopback port, with what models/triton-repository.ts lays out. The server and its core are those
 * of the nvidia-pytriton wheel; its ONNX Runtime backend is in no wheel: model.py stands there, for the same config.pbtxt.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, runInferenceServer } from '../inference-server-process.ts';
import type { InferenceServerProcess, Serving } from '../inference-server-process.ts';

export const NO_TRITON = 'no Triton: set TRITON_PYTHON to a Python with nvidia-pytriton, onnxruntime and numpy 1';

/** What it serves. */
export interface TritonServing extends Partial<Serving> {
  /** Ensemble file that models/triton-repository.ts lays out; the models given stand in for the contracts' own. */
  readonly ensemble: string;
  /** Further words for models/triton-repository.ts; without any: for the CPU. */
  readonly words?: readonly string[];
  /** Every config.pbtxt before the server reads it. */
  readonly editConfig?: (text: string) => string;
  /** Further options of tritonserver. */
  readonly options?: readonly string[];
}

export interface TritonServer extends InferenceServerProcess<TritonServing> {
  /** Folder that it serves, <network>/config.pbtxt and <network>/1/model.onnx. */
  readonly repository: string;
  readLog(): Promise<string>;
}

/** Where the wheel lies; Triton's Python stub is one file per version of Python. */
const FIND_WHEEL = `
import importlib.util, json, os, sys, sysconfig
import numpy
assert numpy.__version__.startswith("1."), "the stub of nvidia-pytriton 0.7 was built for numpy 1"
packages = os.path.dirname(os.path.dirname(importlib.util.find_spec("pytriton").origin))
version = ".".join(map(str, sys.version_info[:2]))
libraries = [os.path.join(packages, "nvidia_pytriton.libs"), sysconfig.get_config_var("LIBDIR")]
print(json.dumps(dict(packages=packages, version=version, libraries=libraries, bin=os.path.dirname(sys.executable))))`;

interface Wheel {
  readonly packages: string;
  readonly version: string;
  readonly libraries: readonly string[];
  readonly bin: string;
}

const run = promisify(execFile);

export async function startTriton(python: string, serving: TritonServing): Promise<TritonServer> {
  const wheel = JSON.parse((await run(python, ['-c', FIND_WHEEL])).stdout) as Wheel;
  const folder = await mkdtemp(join(tmpdir(), 'triton-'));
  const repository = join(folder, 'models');
  const logFile = join(folder, 'log');
  await layOutBackends(join(folder, 'backends'), wheel);
  const port = await findFreePort();
  const readLog = (): Promise<string> => readFile(logFile, 'utf8');

  const launch = async (what: TritonServing): Promise<ChildProcess> => {
    await endStubs(folder);
    await layOutModels(repository, what);
    const log = await open(logFile, 'w');
    const words = [
      `--model-repository=${repository}`,
      `--backend-directory=${join(folder, 'backends')}`,
      ...['--http-address=127.0.0.1', `--http-port=${port}`, '--allow-grpc=false', '--allow-metrics=false'],
      `--backend-config=python,shm-region-prefix-name=${basename(folder)}`,
      ...['--strict-readiness=true', ...(what.options ?? [])],
    ];
    const started = spawn(join(wheel.packages, 'pytriton/tritonserver/bin/tritonserver'), words, {
      cwd: folder,
      env: {
        ...process.env,
        PATH: [wheel.bin, process.env['PATH']].join(delimiter),
        LD_LIBRARY_PATH: wheel.libraries.join(delimiter),
        TEST_MEMORY_FOR_SLICES: String(what.memoryForSlices ?? 1_000),
      },
      stdio: ['ignore', log.fd, log.fd],
    });
    await log.close();
    return started;
  };
  const server = await runInferenceServer(
    {
      name: 'Triton',
      baseUrl: `http://127.0.0.1:${port}`,
      launch,
      clear: () => clear(folder),
      explain: async () => (await readLog()).slice(-4_000),
    },
    serving,
  );
  return { ...server, repository, readLog };
}

/** Copies, because Triton refuses a backend whose library is a link that leads out of its folder. */
async function layOutBackends(folder: string, { packages, version }: Wheel): Promise<void> {
  const from = join(packages, 'pytriton/tritonserver');
  const stub = 'triton_python_backend_stub';
  await cp(join(from, 'backends/python'), join(folder, 'python'), { recursive: true });
  await cp(join(from, 'python_backend_stubs', version, stub), join(folder, 'python', stub));
  await mkdir(join(folder, 'onnxruntime'));
  await cp(join(import.meta.dirname, 'model.py'), join(folder, 'onnxruntime/model.py'));
}

async function layOutModels(repository: string, serving: TritonServing): Promise<void> {
  const { ensemble, words = ['--kind', 'cpu'], models = {}, editConfig } = serving;
  await rm(repository, { recursive: true, force: true });
  await run(process.execPath, ['models/triton-repository.ts', repository, '--ensemble', ensemble, ...words]);
  for (const [network, file] of Object.entries(models)) {
    const weights = join(repository, network, '1/model.onnx');
    await rm(weights);
    await symlink(resolve(file), weights);
  }
  for (const network of editConfig ? await readdir(repository) : []) {
    const file = join(repository, network, 'config.pbtxt');
    await writeFile(file, editConfig!(await readFile(file, 'utf8')));
  }
}

/** The processes that run model.py: they end by themselves when their server is killed, not always when it gave up waiting. */
async function endStubs(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.startsWith(join(folder, 'backends/python'))) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

/** The shared memory of stubs that were killed stays. */
async function clear(folder: string): Promise<void> {
  await endStubs(folder);
  const left = (await readdir('/dev/shm')).filter((name) => name.startsWith(basename(folder)));
  await Promise.all(left.map((name) => rm(join('/dev/shm', name), { force: true })));
  await rm(folder, { recursive: true, force: true });
}
