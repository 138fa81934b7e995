/** NVIDIA Triton that fails under the service's engine, as every server may and as only Triton does. */
import { expect } from 'chai';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../src/errors.ts';
import { catchError, describeFaults, OURS, spoilWeights } from '../support/inference-faults.ts';
import type { Serving } from '../support/inference-server-process.ts';
import { NO_TRITON, startTriton } from '../support/triton/start-triton.ts';
import type { TritonServer, TritonServing } from '../support/triton/start-triton.ts';
import { SMALL_ENSEMBLE } from '../unit/inference/engine-fixture.ts';

const NETWORK = 'mobilenetv3_small_100';
/** Networks are loaded and unloaded by calls while it runs. */
const BY_CALLS = ['--model-control-mode=explicit', '--load-model=*'];
let triton: TritonServer;

const small = (serving: Serving): TritonServing => ({
  ensemble: SMALL_ENSEMBLE,
  ...serving,
  // Without memory for 16 slices its warm-up fails, and it does not become ready.
  ...(serving.memoryForSlices !== undefined && { editConfig: (text) => text.replace(/^model_warmup[^]*?^\]/m, '') }),
});

describeFaults(
  {
    name: 'Triton',
    python: process.env['TRITON_PYTHON'],
    whyNot: NO_TRITON,
    start: async (python, serving) => {
      triton = await startTriton(python, small(serving));
      return { ...triton, restart: (next) => triton.restart(small(next)) };
    },
  },
  ({ openProven, run, expectSame }) => {
    const control = async (what: 'load' | 'unload'): Promise<void> => {
      const answer = await fetch(`${triton.baseUrl}/v2/repository/models/${NETWORK}/${what}`, { method: 'POST' });
      expect(answer.status, await answer.text()).to.equal(200);
    };

    it('told to end (SIGTERM) in the middle of a study: answers it to its end, and then no more', async () => {
      const engine = await openProven({ batchSize: 2 });
      const study = run(engine);
      await pause(100);
      await Promise.all([triton.terminate(), study.then(expectSame)]);
      expect(await catchError(run(engine))).to.include({ code: 'inference-unavailable', retryable: true });
    });

    it('unloads the network: an outage, and used again once it is loaded and proven', async () => {
      await triton.restart({ ...small(OURS), options: BY_CALLS });
      const engine = await openProven();
      await control('unload');
      expect(await catchError(run(engine))).to.include({ code: 'inference-unavailable', retryable: true });
      await pause(500);
      const fault = (await catchError(run(engine))) as Fault;
      expect(fault.cause, 'not ready (400) or without the network (404)').to.include({ code: 'inference-unavailable' });
      await control('load');
      await engine.whenUp();
      expectSame(await run(engine));
    });

    it('loads other weights while it runs: no answer of theirs, and used again when it has loaded ours', async () => {
      await triton.restart({ ...small(OURS), options: BY_CALLS });
      const engine = await openProven();
      const weights = join(triton.repository, NETWORK, '1/model.onnx');
      const ours = `${weights}.ours`;
      await rename(weights, ours);
      await writeFile(weights, await spoilWeights());
      await control('load');
      expect(await catchError(run(engine))).to.include({ code: 'inference-unavailable', retryable: true });
      expect(engine.isUp()).to.equal(false);
      await copyFile(ours, weights);
      await control('load');
      await engine.whenUp();
      expectSame(await run(engine));
    });
  },
);
