/** An engine on an inference server of the test's own, beside the in-process engine whose answers it must give. */
import { expect } from 'chai';
import { pino } from 'pino';
import type { NetworkContract } from '../../../src/assessment/domain/model-contract.ts';
import type { NetworkAnswer } from '../../../src/assessment/domain/ports.ts';
import { makeNetworkInput } from '../../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../../src/inference/golden-check.ts';
import type { OnnxEngine } from '../../../src/inference/onnx-engine.ts';
import { createOpenInferenceEngine } from '../../../src/inference/open-inference-engine.ts';
import type { OpenInferenceEngine, OpenInferenceEngineOptions } from '../../../src/inference/open-inference-engine.ts';
import { startOpenInferenceServer } from '../../support/open-inference-server.ts';
import type { OpenInferenceServer } from '../../support/open-inference-server.ts';
import { makeInput, MODELS_DIR, openSmallEngine, SMALL_ENSEMBLE, toleranceOf } from './engine-fixture.ts';

const forever = new AbortController().signal;

export const catchError = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

/** The logits and maps of one run, and of no other slice. */
export function expectSame(found: NetworkAnswer, expected: NetworkAnswer): void {
  for (const [values, wanted] of [[found.logits, expected.logits] as const, [found.cams, expected.cams] as const]) {
    expect(values.length).to.equal(wanted.length);
    values.forEach((value, index) => expect(value).to.be.closeTo(wanted[index]!, toleranceOf(value)));
  }
}

export interface OpenInferenceScene {
  /** Of the test that runs: a fresh one each. */
  readonly server: OpenInferenceServer;
  /** A new engine, which may not be up yet; closed after the test. */
  open(options?: Partial<OpenInferenceEngineOptions>): Promise<OpenInferenceEngine>;
  /** The same, proven; what the proof sent is forgotten. */
  openUp(options?: Partial<OpenInferenceEngineOptions>): Promise<OpenInferenceEngine>;
  runOnce(engine: OpenInferenceEngine, slices?: number, signal?: AbortSignal): Promise<NetworkAnswer>;
  runInProcess(slices: number): Promise<NetworkAnswer>;
}

/** To be called inside a describe(). */
export function useOpenInferenceScene(): OpenInferenceScene {
  let local: OnnxEngine;
  let server: OpenInferenceServer;
  const opened: OpenInferenceEngine[] = [];
  before(async () => (local = await openSmallEngine()));
  beforeEach(async () => (server = await startOpenInferenceServer(local)));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((engine) => engine.close()));
    await server.stop();
  });
  after(() => local.close());

  const network = (): NetworkContract => local.ensemble.networks[0]!;
  const open: OpenInferenceScene['open'] = async (options = {}) => {
    const engine = await createOpenInferenceEngine({
      baseUrl: server.baseUrl,
      modelsDir: MODELS_DIR,
      ensembleFile: SMALL_ENSEMBLE,
      logger: pino({ level: 'silent' }),
      verifyModel: (model, prober) => checkGolden(model, prober, makeNetworkInput),
      cooldownMs: 30,
      random: () => 0,
      ...options,
    });
    opened.push(engine);
    return engine;
  };
  return {
    get server() {
      return server;
    },
    open,
    async openUp(options) {
      const engine = await open(options);
      await engine.whenUp();
      server.batches.length = 0;
      return engine;
    },
    runOnce: (engine, slices = 2, signal = forever) => engine.run(network(), makeInput(network(), slices), { signal }),
    runInProcess: (slices) => local.run(network(), makeInput(network(), slices), { signal: forever }),
  };
}
