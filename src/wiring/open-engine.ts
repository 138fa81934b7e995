/** Settings -> the engine that runs the networks: this machine, or a GPU node. */
import type { Logger } from 'pino';
import type { NetworkEngine } from '../assessment/domain/ports.ts';
import type { Config } from '../config/settings.ts';
import { createOnnxEngine } from '../inference/onnx-engine.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OpenedEngine extends NetworkEngine {
  whenReady(): Promise<void>;
}

export function openEngine(config: Config, environment: Environment, logger: Logger): Promise<OpenedEngine> {
  return createOnnxEngine({
    modelsDir: config.MODELS_DIR,
    ensembleFile: config.ENSEMBLE_FILE,
    threads: config.INFERENCE_THREADS,
    logger,
    environment,
  });
}
