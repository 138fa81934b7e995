/**
 * The inference process: loads the networks with ONNX Runtime and answers runs, one at a time. It is a process
 * and not a thread because a run cannot be stopped from inside, and terminating a thread in the middle of one
 * aborts the whole service (ADR 0070). It ends by itself when the service does.
 */
import { Worker } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { yieldToOrders } from '../yield-to-orders.ts';
import { openOptimized } from './optimized-model.ts';
import type { SessionMaker } from './optimized-model.ts';
import type { LoadRequest, ProcessReport, ProcessRequest, RunRequest } from './onnx-process-protocol.ts';

interface LoadedNetwork {
  readonly session: InferenceSession;
  readonly names: LoadRequest['models'][number];
}

type SessionSetting = Pick<LoadRequest, 'threads' | 'device'>;

// Before anything else: threads inherit it.
yieldToOrders('process');

const networks = new Map<string, LoadedNetwork>();
const report = (message: ProcessReport): unknown => process.send?.(message);

// Ctrl-C reaches the whole process group: the service decides when its running analyses have ended.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

const asked: RunRequest[] = [];
const arrived: Float32Array[] = [];
let computing: Promise<unknown> = Promise.resolve();
new Worker(new URL('pixel-reader.ts', import.meta.url))
  .on('message', (pixels: Float32Array) => {
    arrived.push(pixels);
    runNext();
  })
  .unref();

process.on('message', (request: ProcessRequest) => {
  if (request.kind === 'load') {
    load(request).catch((error: unknown) => report({ kind: 'load-failed', message: toText(error) }));
  } else {
    asked.push(request);
    runNext();
  }
});

/** Requests and pixels come on two ways, each in order. */
function runNext(): void {
  const [request, pixels] = [asked[0], arrived[0]];
  if (request === undefined || pixels === undefined) return;
  asked.shift();
  arrived.shift();
  computing = computing
    .then(() => run(request, pixels))
    .catch((error: unknown) => report({ kind: 'run-failed', id: request.id, message: toText(error) }));
}

async function load({ models, threads, device, cacheDir }: LoadRequest): Promise<void> {
  const startedAt = performance.now();
  for (const names of models) {
    const maker: SessionMaker = {
      create: (file, extra) => createSession(file, { threads, device }, extra),
      answer: async (session) => (await infer({ session, names }, names.warmUp, makeWarmUp(names.warmUp))).logits,
    };
    networks.set(names.network, { session: await openSession(names, cacheDir, maker), names });
  }
  const residentMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
  report({ kind: 'ready', loadMs: performance.now() - startedAt, residentMb });
}

/** ONNX Runtime throws where the device's files are missing; it does not take the CPU instead. */
async function createSession(
  file: string,
  setting: SessionSetting,
  extra: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(file, sessionOptions(setting, extra));
  } catch (error) {
    if (setting.device === 'cpu') throw error;
    throw new Error(`no session on ${setting.device} (docs/gpu-node.md): ${toText(error)}`, { cause: error });
  }
}

/** Loaded and warm. */
async function openSession(
  { modelFile, digest }: LoadRequest['models'][number],
  cacheDir: string | undefined,
  maker: SessionMaker,
): Promise<InferenceSession> {
  if (cacheDir !== undefined) {
    const optimized = await openOptimized({ cacheDir, modelFile, digest }, maker);
    if (optimized) return optimized;
  }
  const session = await maker.create(modelFile, {});
  await maker.answer(session);
  return session;
}

/** Any input does; this one reaches positive and negative values in every channel. */
function makeWarmUp([slices, channels, height, width]: LoadRequest['models'][number]['warmUp']): Float32Array {
  return Float32Array.from({ length: slices * channels * height * width }, (_, index) => Math.sin(index / 37));
}

/** `force_spinning_stop`: idle threads of one network otherwise spin and slow down the other by a quarter. */
function sessionOptions(
  { threads, device }: SessionSetting,
  extra: InferenceSession.SessionOptions,
): InferenceSession.SessionOptions {
  const { session } = { session: {}, ...extra.extra };
  return {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...extra,
    extra: { session: { force_spinning_stop: '1', ...session } },
  };
}

async function run({ id, network, dims }: RunRequest, pixels: Float32Array): Promise<void> {
  const startedAt = performance.now();
  const loaded = networks.get(network);
  if (loaded === undefined) throw new Error(`network ${network} is not loaded`);
  const { logits, cams } = await infer(loaded, dims, pixels);
  report({ kind: 'answer', id, logits, cams, runMs: performance.now() - startedAt });
}

async function infer({ session, names }: LoadedNetwork, dims: readonly number[], pixels: Float32Array) {
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
