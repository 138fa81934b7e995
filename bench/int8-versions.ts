/**
 * A folder like models/ whose networks are int8, made for the bench from the committed versions: same contracts, with
 * storage, digest and size of the int8 file, so that the engine takes them by contract like any other version.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TensorRecipe } from '../src/assessment/domain/model-contract.ts';
import type { NetworkInput } from '../src/assessment/domain/ports.ts';
import { makeNetworkInput } from '../src/imaging/tensor/make-network-input.ts';
import { createHeadPhantom, type HeadPhantomOptions } from '../src/phantom/head-phantom.ts';

interface Version {
  readonly network: string;
  readonly version: string;
}

interface Contract {
  readonly model: Readonly<Record<string, unknown>>;
  readonly input: TensorRecipe;
}

/** @returns why there is no int8, or undefined */
export async function writeInt8Versions(
  networks: readonly Version[],
  options: { readonly modelsDir: string; readonly target: string; readonly python: string },
): Promise<string | undefined> {
  for (const { network, version } of networks) {
    const from = join(options.modelsDir, network, version);
    const to = join(options.target, network, version);
    await mkdir(to, { recursive: true });
    const contract = JSON.parse(await readFile(join(from, 'contract.json'), 'utf8')) as Contract;
    const { pixels, slices } = makeCalibrationPixels(contract.input);
    await writeFile(join(to, 'pixels.f32'), pixels);
    const { windows, heightPx, widthPx } = contract.input;
    const shape = [slices, windows.length, heightPx, widthPx].map(String);
    const file = join(to, 'model.onnx');
    const words = [join(from, 'model.onnx'), file, join(to, 'pixels.f32'), ...shape];
    const missing = await quantize(options.python, words);
    if (missing !== undefined) return missing;
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const model = { ...contract.model, sha256, bytes: bytes.length, storage: 'int8' };
    await writeFile(join(to, 'contract.json'), JSON.stringify({ ...contract, model }));
  }
  return undefined;
}

async function quantize(python: string, words: readonly string[]): Promise<string | undefined> {
  const script = join(import.meta.dirname, 'python/quantize.py');
  const { stdout } = await promisify(execFile)(python, [script, ...words], { maxBuffer: 1 << 26 });
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { missing?: string }).missing;
}

/** Slices of other phantoms than the one that is measured. */
function makeCalibrationPixels(recipe: TensorRecipe): { pixels: Buffer; slices: number } {
  const inputs = [11, 12].map((seed) => makePhantomInput(recipe, { seed, matrix: 256 }));
  const pixels = Buffer.concat(
    inputs.map(({ pixels: own }) => Buffer.from(own.buffer, own.byteOffset, own.byteLength)),
  );
  return { pixels, slices: inputs.reduce((sum, { sliceIndexes }) => sum + sliceIndexes.length, 0) };
}

/** The scored slices of one procedural head. */
export function makePhantomInput(recipe: TensorRecipe, options: HeadPhantomOptions): NetworkInput {
  const input = makeNetworkInput(createHeadPhantom(options), recipe);
  if ('kind' in input) throw new Error(input.detail);
  return input;
}
