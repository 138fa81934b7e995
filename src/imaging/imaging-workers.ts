/** The worker pool of this room with its defaults: two threads, a slice may take 20 s, 512 MB of heap each. */
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './workers/worker-pool.ts';

export type { WorkerPool } from './workers/worker-pool.ts';

export function createImagingWorkers(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  return createWorkerPool({ size: 2, taskTimeoutMs: 20_000, maximumHeapMb: 512, ...options });
}
