/**
 * The inference process: loads the networks with ONNX Runtime and answers runs, one at a time. It is a process
 * and not a thread because a run cannot be stopped from inside, and terminating a thread in the middle of one
 * aborts the whole service (ADR 0070). It ends by itself when the service does.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { LoadRequest, ProcessReport, ProcessRequest, RunRequest } from './onnx-process-protocol.ts';

interface LoadedNetwork {
  readonly session: InferenceSession;
  readonly names: LoadRequest['models'][number];
}

const networks = new Map<string, LoadedNetwork>();
const report = (message: ProcessReport): unknown => process.send?.(message);

// Ctrl-C reaches the whole process group: the service decides when its running analyses have ended.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

process.on('message', (request: ProcessRequest) => {
  if (request.kind === 'load') {
    load(request).catch((error: unknown) => report({ kind: 'load-failed', message: toText(error) }));
  } else {
    run(request).catch((error: unknown) => report({ kind: 'run-failed', id: request.id, message: toText(error) }));
  }
});

async function load({ models, threads }: LoadRequest): Promise<void> {
  const startedAt = performance.now();
  for (const names of models) {
    const session = await InferenceSession.create(names.modelFile, sessionOptions(threads));
    networks.set(names.network, { session, names });
    const [slices, channels, height, width] = names.warmUp;
    await infer(names.network, names.warmUp, new Float32Array(slices * channels * height * width));
  }
  const residentMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
  report({ kind: 'ready', loadMs: performance.now() - startedAt, residentMb });
}

/** `force_spinning_stop`: idle threads of one network otherwise spin and slow down the other by a quarter. */
function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { force_spinning_stop: '1' } },
  };
}

async function run({ id, network, dims, pixels }: RunRequest): Promise<void> {
  const startedAt = performance.now();
  const { logits, cams } = await infer(network, dims, pixels);
  report({ kind: 'answer', id, logits, cams, runMs: performance.now() - startedAt });
}

async function infer(network: string, dims: readonly number[], pixels: Float32Array) {
  const loaded = networks.get(network);
  if (loaded === undefined) throw new Error(`network ${network} is not loaded`);
  const { session, names } = loaded;
  const outputs = await session.run({ [names.inputName]: new Tensor('float32', pixels, dims) }, [
    names.logitsName,
    names.camName,
  ]);
  return { logits: readFloats(outputs[names.logitsName]), cams: readFloats(outputs[names.camName]) };
}

function readFloats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`an output is ${tensor?.type ?? 'missing'} instead of float32`);
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
