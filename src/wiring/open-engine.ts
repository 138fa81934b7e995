/** Settings -> the engine that runs the networks: this machine, or a GPU node with this machine behind it. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { NetworkEngine } from '../assessment/domain/ports.ts';
import type { Config } from '../config/settings.ts';
import { Fault } from '../errors.ts';
import { makeNetworkInput } from '../imaging/tensor/make-network-input.ts';
import { checkGolden } from '../inference/golden-check.ts';
import type { CheckedModel } from '../inference/load-ensemble.ts';
import { createOnnxEngine } from '../inference/onnx-engine.ts';
import { createOpenInferenceEngine } from '../inference/open-inference-engine.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenedEngine extends NetworkEngine {
  /** Resolves when a study could be run. */
  whenReady(): Promise<void>;
}

export async function openEngine(config: Config, environment: Environment, logger: Logger): Promise<OpenedEngine> {
  const verifyModel = (model: CheckedModel, engine: NetworkEngine) => checkGolden(model, engine, makeNetworkInput);
  const files = { modelsDir: config.MODELS_DIR, ensembleFile: config.ENSEMBLE_FILE, logger };
  const keep = config.DATA_DIR === 'memory' ? {} : { cacheDir: join(config.DATA_DIR, 'optimized-models') };
  const device = config.INFERENCE_DEVICE;
  const onDevice = device === 'cpu' ? { device, ...keep } : { device, verifyModel };
  const openLocal = () => createOnnxEngine({ ...files, ...onDevice, threads: config.INFERENCE_THREADS, environment });
  if (config.INFERENCE_ENGINE === 'in-process') return openLocal();

  if (config.INFERENCE_URL === undefined) throw new Fault('config-invalid', 'INFERENCE_URL is not set');
  const fallback = config.INFERENCE_FALLBACK ? await openLocal() : undefined;
  const remote = await createOpenInferenceEngine({
    ...files,
    baseUrl: config.INFERENCE_URL,
    verifyModel,
    ...(fallback && { fallback }),
  });
  return {
    ...remote,
    whenReady: () => (fallback ? Promise.any([remote.whenUp(), fallback.whenReady()]) : remote.whenUp()),
  };
}
