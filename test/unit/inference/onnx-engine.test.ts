import { expect } from 'chai';
import { fork } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NetworkContract } from '../../../src/assessment/domain/model-contract.ts';
import type { NetworkEngine } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { makeNetworkInput } from '../../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../../src/inference/golden-check.ts';
import type { CheckedModel } from '../../../src/inference/load-ensemble.ts';
import type { OnnxEngine } from '../../../src/inference/onnx-engine.ts';
import { skip } from '../../support/skip.ts';
import {
  copySmallModel,
  editContract,
  makeInput,
  openSmallEngine,
  SMALL_FOLDER,
  toleranceOf,
} from './engine-fixture.ts';

const forever = new AbortController().signal;
const only = (engine: OnnxEngine): NetworkContract => engine.ensemble.networks[0]!;
const catchError = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('in-process engine', function () {
  this.timeout(60_000);

  describe('on a device that must prove itself', () => {
    const golden = (model: CheckedModel, prober: NetworkEngine) => checkGolden(model, prober, makeNetworkInput);

    it('answers nobody before the golden vectors came out of it', async () => {
      const mayProve = Promise.withResolvers<undefined>();
      const loaded = Promise.withResolvers<undefined>();
      const engine = await openSmallEngine({
        verifyModel: async (model, prober) => {
          loaded.resolve(undefined);
          await mayProve.promise;
          await golden(model, prober);
        },
      });
      await loaded.promise;
      expect(engine.isReady()).to.equal(false);
      const early = engine.run(only(engine), makeInput(only(engine), 1), { signal: AbortSignal.timeout(100) });
      expect(await catchError(early)).to.include({ code: 'deadline-exceeded' });
      mayProve.resolve(undefined);
      await engine.whenReady();
      expect(engine.isReady()).to.equal(true);
      await engine.close();
    });

    it('answers nobody when they did not', async () => {
      const other = new Fault('contract-invalid', 'deviates');
      const engine = await openSmallEngine({ verifyModel: () => Promise.reject(other) });
      expect(await catchError(engine.whenReady())).to.equal(other);
      expect(engine.isReady()).to.equal(false);
      expect(await catchError(engine.run(only(engine), makeInput(only(engine), 1), { signal: forever }))).to.equal(
        other,
      );
      await engine.close();
    });

    it('is asked again after its process died, in the proof or later', async () => {
      let proofs = 0;
      const engine = await openSmallEngine({
        verifyModel: async (model, prober) => {
          proofs += 1;
          if (proofs === 1) process.kill(engine.processId()!, 'SIGKILL');
          await golden(model, prober);
        },
      });
      await engine.whenReady();
      expect(proofs).to.equal(2);
      process.kill(engine.processId()!, 'SIGKILL');
      await until(() => !engine.isReady());
      await engine.whenReady();
      expect(proofs).to.equal(3);
      await engine.close();
    });

    it('does not fall back to the CPU unsaid where onnxruntime-node has no files for CUDA', async function () {
      if (await hasCudaFiles()) skip(this, 'onnxruntime-node has its CUDA files here');
      const engine = await openSmallEngine({ device: 'cuda' });
      const error = await catchError(engine.whenReady());
      expect(error).to.include({ code: 'contract-invalid' }).and.have.property('message').that.includes('cuda');
      expect(engine.isReady()).to.equal(false);
      await engine.close();
    });
  });

  describe('with a healthy process', () => {
    let engine: OnnxEngine;
    before(async () => (engine = await openSmallEngine({ batchSize: 3 })));
    after(() => engine.close());

    it('answers a run that came before it was warm', async () => {
      const answer = await engine.run(only(engine), makeInput(only(engine), 7), { signal: forever });
      expect(engine.isReady()).to.equal(true);
      expect(answer.logits).to.have.length(7 * 3);
      expect(answer.cams).to.have.length(7 * 3 * 7 * 7);
      expect(answer.durationMs).to.be.greaterThan(0);
    });

    it('gives each slice the answer it has alone, whatever batch it runs in', async () => {
      const network = only(engine);
      const input = makeInput(network, 4);
      const together = await engine.run(network, input, { signal: forever });
      const perSlice = input.pixels.length / 4;
      for (const index of [0, 3]) {
        const pixels = input.pixels.slice(index * perSlice, (index + 1) * perSlice);
        const alone = await engine.run(network, { ...input, pixels, sliceIndexes: [index] }, { signal: forever });
        alone.logits.forEach((logit, target) =>
          expect(together.logits[index * 3 + target]).to.be.closeTo(logit, toleranceOf(logit)),
        );
      }
      expect([...together.logits.slice(0, 3)]).to.not.deep.equal([...together.logits.slice(9, 12)]);
    });

    it('keeps answers of runs at the same time apart', async () => {
      const network = only(engine);
      const sizes = [1, 5, 2, 4];
      const answers = await Promise.all(
        sizes.map((slices) => engine.run(network, makeInput(network, slices), { signal: forever })),
      );
      expect(answers.map((answer) => answer.logits.length / 3)).to.deep.equal(sizes);
    });

    it('lets an order overtake an arrival that is under way, and keeps arrivals in their order', async () => {
      const network = only(engine);
      const ended: string[] = [];
      const begin = async (name: string, slices: number, urgency: 'order' | 'arrival'): Promise<number> => {
        const { logits } = await engine.run(network, makeInput(network, slices), { signal: forever, urgency });
        ended.push(name);
        return logits.length / 3;
      };
      const first = begin('first arrival', 40, 'arrival');
      const second = begin('second arrival', 6, 'arrival');
      await new Promise((resolve) => setTimeout(resolve, 20));
      const slices = await Promise.all([first, second, begin('order', 6, 'order')]);
      expect(ended).to.deep.equal(['order', 'first arrival', 'second arrival']);
      expect(slices).to.deep.equal([40, 6, 6]);
    });

    it('refuses an input whose size is not that of the recipe', async () => {
      const input = { ...makeInput(only(engine), 2), sliceIndexes: [0, 1, 2] };
      const error = await catchError(engine.run(only(engine), input, { signal: forever }));
      expect(error).to.include({ code: 'inference-failed', retryable: false });
    });

    it('ends at once when the time is over and goes on with the same process', async () => {
      const pid = engine.processId();
      const hurry = new AbortController();
      const running = catchError(engine.run(only(engine), makeInput(only(engine), 30), { signal: hurry.signal }));
      hurry.abort();
      expect(await running).to.include({ code: 'deadline-exceeded', retryable: true });
      const answer = await engine.run(only(engine), makeInput(only(engine), 1), { signal: forever });
      expect(answer.logits).to.have.length(3);
      expect(engine.processId()).to.equal(pid);
    });

    it('survives the death of its process: the run fails retryable, the next one works in a new process', async () => {
      const pid = engine.processId()!;
      const running = catchError(engine.run(only(engine), makeInput(only(engine), 60), { signal: forever }));
      await new Promise((resolve) => setTimeout(resolve, 30));
      process.kill(pid, 'SIGKILL');
      expect(await running).to.include({ code: 'inference-failed', retryable: true });
      expect(engine.isReady()).to.equal(false);
      const answer = await engine.run(only(engine), makeInput(only(engine), 1), { signal: forever });
      expect(answer.logits).to.have.length(3);
      expect(engine.processId()).to.not.equal(pid);
    });
  });

  it('refuses to start while ONNX Runtime may send telemetry', async () => {
    for (const environment of [{}, { ORT_DISABLE_TELEMETRY: '0' }]) {
      const error = await catchError(openSmallEngine({ environment }));
      expect(error).to.have.property('code', 'config-invalid');
      expect(error).to.have.property('message').that.contains('ORT_DISABLE_TELEMETRY=1');
    }
  });

  it('says that a network cannot be loaded which ONNX Runtime does not understand', async () => {
    const copy = await copySmallModel();
    const { modelsDir } = copy;
    const bytes = Buffer.from('not a network');
    await writeFile(join(modelsDir, SMALL_FOLDER, 'model.onnx'), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await editContract(modelsDir, (contract) => ((contract['model'] as Record<string, unknown>)['sha256'] = sha256));
    const engine = await openSmallEngine({ modelsDir });
    const error = await catchError(engine.whenReady());
    expect(error).to.have.property('code', 'contract-invalid');
    expect(engine.isReady()).to.equal(false);
    await engine.close();
    await copy.remove();
  });

  it('leaves no inference process behind when the service is killed with -9', async () => {
    const service = fork(new URL('serve-until-killed.ts', import.meta.url));
    const pid = await new Promise<number>((resolve) => service.once('message', (id) => resolve(Number(id))));
    expect(isRunning(pid)).to.equal(true);
    service.kill('SIGKILL');
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('answers inference-unavailable once it is closed', async () => {
    const engine = await openSmallEngine();
    await engine.close();
    const error = await catchError(engine.run(only(engine), makeInput(only(engine), 1), { signal: forever }));
    expect(error).to.have.property('code', 'inference-unavailable');
  });

  describe('with a process that misbehaves', () => {
    const open = (name: string) => {
      const processFile = new URL(`odd-processes/${name}.ts`, import.meta.url);
      return openSmallEngine({ processFile, batchTimeoutMs: 300 });
    };
    const runOnce = async (engine: OnnxEngine): Promise<unknown> => {
      const result = await catchError(engine.run(only(engine), makeInput(only(engine), 2), { signal: forever }));
      await engine.close();
      return result;
    };

    it('kills one that is stuck and says that it may be tried again', async () => {
      expect(await runOnce(await open('silent'))).to.include({ code: 'inference-failed', retryable: true });
    });

    it('never takes NaN for an answer', async () => {
      expect(await runOnce(await open('not-a-number'))).to.include({ code: 'inference-failed', retryable: false });
    });

    it('never takes an answer of the wrong size', async () => {
      expect(await runOnce(await open('short'))).to.include({ code: 'inference-failed', retryable: false });
    });

    it('is given nothing of the environment but the telemetry switch and large pages', async () => {
      const answer = await runOnce(await open('environment'));
      // NODE_CHANNEL_FD and NODE_CHANNEL_SERIALIZATION_MODE are taken out by Node before the script runs.
      expect(answer).to.have.property('logits').that.deep.equals(new Float32Array(6).fill(2));
    });
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5);
}

/** Fetched by onnxruntime-node's install script where it may run (docs/gpu-node.md). */
async function hasCudaFiles(): Promise<boolean> {
  const folder = dirname(dirname(fileURLToPath(import.meta.resolve('onnxruntime-node'))));
  const files = await readdir(join(folder, 'bin'), { recursive: true });
  return files.some((file) => file.endsWith('libonnxruntime_providers_cuda.so'));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
