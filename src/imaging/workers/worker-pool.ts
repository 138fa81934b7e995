/**
 * A few worker threads and a queue. A task that takes too long or a codec that gives up costs its worker, never the
 * process; the next task gets a fresh one. Threads start on first use and do not keep the process alive.
 * Throws the worker's Fault, a retryable `codec-failed` for a dead or hung worker, `deadline-exceeded` on abort.
 */
import { Worker, type Transferable } from 'node:worker_threads';
import { Fault, toFault } from '../../errors.ts';
import type { TaskMap, TaskMessage, TaskName, TaskReply } from './tasks.ts';

export interface WorkerPoolOptions {
  readonly size: number;
  /** A task that takes longer has hung: its worker is replaced. */
  readonly taskTimeoutMs: number;
  /** JavaScript heap of one worker. Pixel buffers live outside of it. */
  readonly maximumHeapMb: number;
  /** Another entry, for tests of hanging and dying workers. */
  readonly entry?: URL;
}

export interface WorkerPool {
  run<Name extends TaskName>(
    name: Name,
    request: TaskMap[Name]['request'],
    options: { readonly signal: AbortSignal; readonly transfer?: readonly Transferable[] },
  ): Promise<TaskMap[Name]['answer']>;
  /** Workers started since the pool was made; more than `size` means that some were replaced. */
  readonly startedWorkers: number;
  close(): Promise<void>;
}

interface Job {
  readonly message: TaskMessage;
  readonly transfer: readonly Transferable[];
  readonly settle: (outcome: { answer: unknown } | { fault: unknown }) => void;
  cancelled: boolean;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const entry = options.entry ?? new URL('./imaging-worker.ts', import.meta.url);
  const seats: Seat[] = Array.from({ length: options.size }, () => new Seat(entry, options, () => dispatch()));
  const queue: Job[] = [];
  let nextId = 1;
  let closed = false;

  function dispatch(): void {
    for (const seat of seats) {
      while (!seat.isBusy) {
        const job = queue.shift();
        if (!job) return;
        if (!job.cancelled) seat.start(job);
      }
    }
  }

  async function run(name: TaskName, request: unknown, { signal, transfer = [] }: RunOptions): Promise<unknown> {
    if (closed) throw new Fault('internal', 'The imaging workers are closed');
    if (signal.aborted) throw toFault(signal.reason, 'deadline-exceeded');
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        job.cancelled = true;
        job.settle({ fault: toFault(signal.reason, 'deadline-exceeded') });
      };
      const job: Job = {
        message: { id, name, request } as TaskMessage,
        transfer,
        cancelled: false,
        settle: (outcome) => {
          signal.removeEventListener('abort', abort);
          if ('answer' in outcome) resolve(outcome.answer);
          else reject(outcome.fault instanceof Error ? outcome.fault : new Fault('internal', 'A worker failed'));
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      queue.push(job);
      dispatch();
    });
  }

  return {
    run: run as WorkerPool['run'],
    get startedWorkers() {
      return seats.reduce((sum, seat) => sum + seat.started, 0);
    },
    async close() {
      closed = true;
      for (const job of queue.splice(0)) job.settle({ fault: new Fault('internal', 'The imaging workers are closed') });
      await Promise.all(seats.map((seat) => seat.close()));
    },
  };
}

interface RunOptions {
  readonly signal: AbortSignal;
  readonly transfer?: readonly Transferable[];
}

/** One place in the pool: at most one thread, at most one task. */
class Seat {
  started = 0;
  #worker: Worker | undefined;
  #job: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #entry: URL;
  readonly #options: WorkerPoolOptions;
  readonly #onFree: () => void;

  constructor(entry: URL, options: WorkerPoolOptions, onFree: () => void) {
    this.#entry = entry;
    this.#options = options;
    this.#onFree = onFree;
  }

  get isBusy(): boolean {
    return this.#job !== undefined;
  }

  start(job: Job): void {
    this.#job = job;
    const worker = (this.#worker ??= this.#spawn());
    worker.ref();
    this.#timer = setTimeout(() => {
      this.#discard(toLostWorker('An imaging worker took too long and was replaced'));
    }, this.#options.taskTimeoutMs);
    try {
      worker.postMessage(job.message, job.transfer);
    } catch (cause) {
      this.#end({ fault: new Fault('internal', 'A task could not be handed to a worker', { cause }) });
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (this.#job) this.#discard(new Fault('internal', 'The imaging workers are closed'));
    this.#worker = undefined;
    await worker?.terminate();
  }

  #spawn(): Worker {
    this.started++;
    const worker = new Worker(this.#entry, {
      resourceLimits: { maxOldGenerationSizeMb: this.#options.maximumHeapMb },
      execArgv: [],
    });
    const isCurrent = (): boolean => this.#worker === worker;
    worker.on('message', (reply: TaskReply) => isCurrent() && this.#receive(reply));
    worker.on('error', (cause) => isCurrent() && this.#discard(toLostWorker('An imaging worker died', cause)));
    worker.on('exit', () => isCurrent() && this.#discard(toLostWorker('An imaging worker ended early')));
    return worker;
  }

  #receive(reply: TaskReply): void {
    if (reply.id !== this.#job?.message.id) return;
    if ('answer' in reply) {
      this.#end({ answer: reply.answer });
      return;
    }
    const { code, message, retryable, details } = reply.fault;
    const fault = new Fault(code, message, { retryable, details });
    if (reply.tainted) this.#discard(fault);
    else this.#end({ fault });
  }

  #discard(fault: Fault): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    this.#end({ fault });
  }

  #end(outcome: { answer: unknown } | { fault: unknown }): void {
    const job = this.#job;
    clearTimeout(this.#timer);
    this.#job = undefined;
    this.#worker?.unref();
    if (job && !job.cancelled) job.settle(outcome);
    this.#onFree();
  }
}

/** Says something about this machine at this moment, nothing about the images (ADR 0044). */
function toLostWorker(message: string, cause?: unknown): Fault {
  return new Fault('codec-failed', message, { cause, retryable: true });
}
