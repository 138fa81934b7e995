/**
 * Keeps one inference process alive: starts it, waits until it is warm, hands it runs, kills it when it does not
 * answer, and starts another when it dies, with a growing pause if it dies again and again. The service itself
 * never dies of it.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import { Fault } from '../errors.ts';
import type { BatchAnswer } from './slice-batches.ts';
import { PIXELS_FD, PIXELS_HEAD_BYTES } from './onnx-process-protocol.ts';
import type { LoadRequest, ProcessReport, RunRequest } from './onnx-process-protocol.ts';

export interface InferenceProcessOptions {
  readonly load: LoadRequest;
  readonly logger: Logger;
  /** A batch that takes longer means that the process is stuck: it is killed. */
  readonly batchTimeoutMs: number;
  /** The file to run; another one in tests. */
  readonly processFile: URL;
  /**
   * What each new process must show, by `run`, before it counts as ready. When it rejects, and not because the process died of
   * it, this engine is never ready.
   */
  readonly prove?: () => Promise<unknown>;
}

/** One batch: `pixels` is what `dims` says and must not change before the answer. */
export interface BatchRequest extends Omit<RunRequest, 'kind' | 'id'> {
  readonly pixels: Float32Array;
}

export type TimedAnswer = BatchAnswer & { readonly runMs: number };

const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 30_000;
/**
 * Of the service's environment nothing goes in: no tokens, no keys. Large pages save 1 to 6 % of a batch's processor time
 * (ADR 0070); a C library that is not glibc does not read the variable.
 */
const PROCESS_ENVIRONMENT = { ORT_DISABLE_TELEMETRY: '1', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
/** But a CUDA device needs: where its libraries are, and which device it is. */
const CUDA_NAMES = ['LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES'];
/** TF32 rounds to 10 bits: more than the golden vectors allow. */
const CUDA_ENVIRONMENT = { NVIDIA_TF32_OVERRIDE: '0' };

export class InferenceProcess {
  readonly #options: InferenceProcessOptions;
  readonly #pending = new Map<number, PromiseWithResolvers<TimedAnswer>>();
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #ready = createReadiness();
  #isWarm = false;
  #closed = false;
  #nextId = 1;
  #deaths = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: InferenceProcessOptions) {
    this.#options = options;
    this.#start();
  }

  /** Resolves when the networks are loaded, warm and proven; rejects with `contract-invalid` when they cannot be loaded. */
  whenReady(): Promise<undefined> {
    return this.#ready.promise;
  }

  isReady(): boolean {
    return this.#isWarm;
  }

  pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Several at once are computed one after the other, in the order of the calls.
   * Rejects with Fault `inference-failed`: final for a refused input, retryable when the process died of it.
   */
  async run({ pixels, ...request }: BatchRequest): Promise<TimedAnswer> {
    const child = this.#child;
    if (child === undefined || this.#closed) {
      throw new Fault('inference-unavailable', 'The inference process is not running', { retryable: true });
    }
    const id = this.#nextId++;
    const answer = Promise.withResolvers<TimedAnswer>();
    this.#pending.set(id, answer);
    const stuck = setTimeout(() => {
      this.#options.logger.error({ network: request.network }, 'inference process is stuck and is killed');
      child.kill('SIGKILL');
    }, this.#options.batchTimeoutMs);
    // A send that fails means a process that died; its exit rejects the run.
    child.send({ kind: 'run', id, ...request } satisfies RunRequest, () => undefined);
    sendPixels(child.stdio[PIXELS_FD] as Writable, pixels);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(stuck);
      this.#pending.delete(id);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#ready.reject(new Fault('inference-unavailable', 'The engine is closed'));
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  #start(): void {
    const child = fork(this.#options.processFile, [], {
      env: this.#options.load.device === 'cuda' ? withCuda(process.env) : PROCESS_ENVIRONMENT,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
    });
    child.stdio[PIXELS_FD]?.on('error', () => undefined); // a process that died; its exit says so
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    child.on('message', (report: ProcessReport) => this.#receive(child, report));
    child.on('error', (error) => this.#options.logger.error({ err: error }, 'inference process fault'));
    child.once('exit', (code, signal) => this.#mourn(signal ?? `exit code ${String(code)}`));
    child.send(this.#options.load, () => undefined);
  }

  #receive(child: ChildProcess, report: ProcessReport): void {
    switch (report.kind) {
      case 'ready':
        this.#options.logger.info(
          { loadMs: Math.round(report.loadMs), residentMb: report.residentMb },
          'networks loaded and warm',
        );
        void this.#letIn(child);
        return;
      case 'load-failed':
        this.#ready.reject(new Fault('contract-invalid', `A network cannot be loaded: ${report.message}`));
        return;
      case 'answer':
        this.#pending.get(report.id)?.resolve(report);
        return;
      case 'run-failed': {
        const fault = new Fault('inference-failed', `The network refused the input: ${report.message}`);
        this.#pending.get(report.id)?.reject(fault);
        return;
      }
    }
  }

  async #letIn(child: ChildProcess): Promise<void> {
    try {
      await this.#options.prove?.();
    } catch (error) {
      if (this.#child === child) this.#ready.reject(error);
      return; // one that died of it is followed by another, which is asked again
    }
    if (this.#child !== child) return;
    this.#isWarm = true;
    this.#deaths = 0;
    this.#ready.resolve(undefined);
  }

  #mourn(cause: string): void {
    this.#child = undefined;
    if (this.#isWarm) this.#ready = createReadiness();
    this.#isWarm = false;
    const fault = new Fault('inference-failed', `The inference process ended (${cause})`, { retryable: true });
    for (const { reject } of this.#pending.values()) reject(fault);
    if (this.#closed) return;
    const pauseMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#deaths);
    this.#deaths += 1;
    this.#options.logger.error({ cause, pauseMs, deaths: this.#deaths }, 'inference process ended; starting another');
    this.#restart = setTimeout(() => this.#start(), pauseMs);
  }
}

function sendPixels(pipe: Writable, { buffer, byteOffset, byteLength }: Float32Array): void {
  const head = new DataView(new ArrayBuffer(PIXELS_HEAD_BYTES));
  head.setUint32(0, byteLength, true);
  pipe.write(new Uint8Array(head.buffer));
  pipe.write(new Uint8Array(buffer, byteOffset, byteLength));
}

function withCuda(environment: NodeJS.ProcessEnv): Record<string, string> {
  const needed = CUDA_NAMES.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...PROCESS_ENVIRONMENT, ...CUDA_ENVIRONMENT, ...Object.fromEntries(needed) };
}

/** Nobody may be waiting when it is rejected. */
function createReadiness(): PromiseWithResolvers<undefined> {
  const readiness = Promise.withResolvers<undefined>();
  readiness.promise.catch(() => undefined);
  return readiness;
}
