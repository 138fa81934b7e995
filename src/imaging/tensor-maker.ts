/** The port TensorMaker on the worker pool: the volume travels as shared memory, the answer is transferred. */
import type { TensorMaker } from '../assessment/domain/ports.ts';
import type { WorkerPool } from './workers/worker-pool.ts';

export function createTensorMaker(options: { readonly workers: WorkerPool }): TensorMaker {
  return {
    makeInput: (volume, recipe, { signal }) => options.workers.run('make-input', { volume, recipe }, { signal }),
  };
}
