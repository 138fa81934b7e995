/**
 * The NetworkEngine on this machine, on its CPU or a CUDA device: ONNX Runtime in a process of its own, one batch of a few
 * slices at a time, those of an order first. A caller whose time is over is told at once; the batch under way ends by itself (below a
 * second), so the process stays warm for the next study.
 */
import type { Logger } from 'pino';
import type { NetworkEngine } from '../assessment/domain/ports.ts';
import { Fault } from '../errors.ts';
import { InferenceProcess } from './inference-process.ts';
import { loadEnsemble } from './load-ensemble.ts';
import type { CheckedModel } from './load-ensemble.ts';
import type { InferenceDevice } from './onnx-process-protocol.ts';
import { cutBatches, joinAnswers, requireBatchAnswer } from './slice-batches.ts';
import { createTurnstile } from './turnstile.ts';

/** One is computed while the pixels of the next are on their way (ADR 0070). */
const BATCHES_AHEAD = 2;

export interface OnnxEngineOptions {
  readonly modelsDir: string;
  readonly ensembleFile: string;
  /** CPU threads of one run. */
  readonly threads: number;
  /** Default `cpu`. */
  readonly device?: InferenceDevice;
  /**
   * Proof that this device computes what the contract says, asked of every new process; rejects when not, and the engine
   * never answers. A CPU needs none at every start (`npm run models:verify`); another device rounds otherwise.
   */
  readonly verifyModel?: (model: CheckedModel, engine: NetworkEngine) => Promise<unknown>;
  /** Slices per run: the grain of cancelling and of memory. Default 4 (bench/inference.ts). */
  readonly batchSize?: number;
  readonly logger: Logger;
  /** The service's environment: must hold ORT_DISABLE_TELEMETRY=1. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of this machine for optimised models (optimized-model.ts), which are for a CPU; without it they are not kept. */
  readonly cacheDir?: string;
  /** Longest a batch may take before its process is killed. Default 60 000. */
  readonly batchTimeoutMs?: number;
  /** Another process for tests of faults. */
  readonly processFile?: URL;
}

export interface OnnxEngine extends NetworkEngine {
  /**
   * Resolves when warm and, where asked for, proven; rejects with Fault `contract-invalid` when ONNX Runtime cannot load
   * a network, has not got the device, or the device computes something else.
   */
  whenReady(): Promise<void>;
  /** Process id of the inference process, for metrics and tests. */
  processId(): number | undefined;
}

/**
 * Resolves as soon as contracts and digests are checked; loading goes on meanwhile (`isReady`, `whenReady`).
 * Throws Fault `config-invalid` (telemetry), `contract-invalid` or `model-digest-mismatch`.
 */
export async function createOnnxEngine(options: OnnxEngineOptions): Promise<OnnxEngine> {
  requireTelemetryOff(options.environment);
  const { ensemble, models } = await loadEnsemble(options);
  const batchSize = options.batchSize ?? 4;
  const inference = new InferenceProcess({
    load: {
      kind: 'load',
      threads: options.threads,
      device: options.device ?? 'cpu',
      models: models.map((model) => toLoad(model, batchSize)),
      ...(options.cacheDir === undefined ? {} : { cacheDir: options.cacheDir }),
    },
    logger: options.logger,
    batchTimeoutMs: options.batchTimeoutMs ?? 60_000,
    processFile: options.processFile ?? new URL('onnx-process.ts', import.meta.url),
    prove: async () => {
      const prober = { ensemble, run: runBatches, isReady: () => true, close: () => Promise.resolve() };
      for (const model of models) await options.verifyModel?.(model, prober);
    },
  });
  const takeTurn = createTurnstile(BATCHES_AHEAD);
  let runs = 0;
  const runBatches: NetworkEngine['run'] = async (network, input, { signal, urgency = 'arrival' }) => {
    const batches = cutBatches(network, input, batchSize);
    const ticket = { urgency, number: runs++ };
    const answers = await mapAhead(batches, BATCHES_AHEAD, ({ dims, pixels }) => {
      const turn = takeTurn(ticket, async () => {
        requireTime(signal);
        const answer = await inference.run({ network: network.network, dims, pixels });
        return { ...requireBatchAnswer(network, dims[0], answer), runMs: answer.runMs };
      });
      return endWith(signal, turn);
    });
    return { ...joinAnswers(answers), durationMs: answers.reduce((sum, { runMs }) => sum + runMs, 0) };
  };
  return {
    ensemble,
    isReady: () => inference.isReady(),
    whenReady: async () => {
      await inference.whenReady();
    },
    processId: () => inference.pid(),
    close: () => inference.close(),
    run: async (network, input, runOptions) => {
      await endWith(runOptions.signal, inference.whenReady());
      return runBatches(network, input, runOptions);
    },
  };
}

/** ONNX Runtime on Linux writes a device id and event files unless told not to before it loads (ADR 0010). */
function requireTelemetryOff(environment: OnnxEngineOptions['environment']): void {
  if (environment['ORT_DISABLE_TELEMETRY'] === '1') return;
  throw new Fault('config-invalid', 'Set ORT_DISABLE_TELEMETRY=1: ONNX Runtime sends telemetry otherwise');
}

function toLoad({ contract, file, modelFile }: CheckedModel, batchSize: number) {
  const { heightPx, widthPx, windows } = contract.recipe;
  return {
    network: contract.network,
    modelFile,
    digest: contract.digest,
    inputName: file.input.name,
    logitsName: file.outputs.logits.name,
    camName: file.outputs.cam.name,
    warmUp: [batchSize, windows.length, heightPx, widthPx] as const,
  };
}

/** Results in order, at most `ahead` under way. The first failure ends it; what is under way then ends unheard. */
async function mapAhead<Item, Result>(
  items: readonly Item[],
  ahead: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const begun: Promise<Result>[] = [];
  for (const item of items) {
    if (begun.length >= ahead) await begun[begun.length - ahead];
    const next = work(item);
    next.catch(() => undefined);
    begun.push(next);
  }
  return Promise.all(begun);
}

function timeOver(signal: AbortSignal): Fault {
  return new Fault('deadline-exceeded', 'The time allowed for inference ran out', {
    cause: signal.reason,
    retryable: true,
  });
}

function requireTime(signal: AbortSignal): void {
  if (signal.aborted) throw timeOver(signal);
}

/** The work's result, or `deadline-exceeded` as soon as the signal aborts; the work itself is not interrupted. */
async function endWith<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined);
  requireTime(signal);
  const over = Promise.withResolvers<never>();
  const tell = (): void => over.reject(timeOver(signal));
  signal.addEventListener('abort', tell, { once: true });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    signal.removeEventListener('abort', tell);
  }
}
