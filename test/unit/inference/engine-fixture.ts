/** The small network (MobileNetV3Small) in a real engine, and inputs for it. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { NetworkContract } from '../../../src/assessment/domain/model-contract.ts';
import type { NetworkInput } from '../../../src/assessment/domain/ports.ts';
import { createOnnxEngine } from '../../../src/inference/onnx-engine.ts';
import type { OnnxEngine, OnnxEngineOptions } from '../../../src/inference/onnx-engine.ts';

export const MODELS_DIR = 'models';
export const SMALL_ENSEMBLE = 'test/fixtures/models/small-ensemble.json';
export const SMALL_FOLDER = 'mobilenetv3_small_100/0.1.0';

export function openSmallEngine(options: Partial<OnnxEngineOptions> = {}): Promise<OnnxEngine> {
  return createOnnxEngine({
    modelsDir: MODELS_DIR,
    ensembleFile: SMALL_ENSEMBLE,
    threads: 1,
    logger: pino({ level: 'silent' }),
    environment: { ORT_DISABLE_TELEMETRY: '1' },
    ...options,
  });
}

/** Slices with a pattern that differs from slice to slice, in the range that normalised windows have. */
export function makeInput(network: NetworkContract, slices: number): NetworkInput {
  const { heightPx, widthPx, windows } = network.recipe;
  const perSlice = windows.length * heightPx * widthPx;
  const pixels = Float32Array.from({ length: slices * perSlice }, (_, index) =>
    Math.sin(index / (5 + Math.floor(index / perSlice))),
  );
  return { pixels, sliceIndexes: Array.from({ length: slices }, (_, index) => index), crop: [0, 0, heightPx] };
}

/** A copy of the small network whose files a test may spoil. */
export async function copySmallModel(): Promise<{ modelsDir: string; remove(): Promise<void> }> {
  const modelsDir = await mkdtemp(join(tmpdir(), 'models-'));
  await cp(join(MODELS_DIR, SMALL_FOLDER), join(modelsDir, SMALL_FOLDER), { recursive: true });
  return { modelsDir, remove: () => rm(modelsDir, { recursive: true, force: true }) };
}

type Json = Record<string, unknown>;

/** Rewrites contract.json of a copied model. */
export async function editContract(modelsDir: string, edit: (contract: Json) => void): Promise<void> {
  const file = join(modelsDir, SMALL_FOLDER, 'contract.json');
  const contract = JSON.parse(await readFile(file, 'utf8')) as Json;
  edit(contract);
  await writeFile(file, JSON.stringify(contract));
}

/** How far two runs of one network may differ: rounding grows with the value, and batches are summed in another order. */
export function toleranceOf(value: number): number {
  return 1e-3 * Math.max(1, Math.abs(value));
}
