/**
 * A folder like models/ whose networks are int8, made for the bench from the committed versions: same contracts, with
 * storage, digest and size of the int8 file, so that the engine takes them by contract like any other version.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { TensorRecipe } from '../src/assessment/domain/model-contract.ts';
import { makeNetworkInput } from '../src/imaging/tensor/make-network-input.ts';

interface Version {
  readonly network: string;
  readonly version: string;
}

interface Contract {
  readonly model: Readonly<Record<string, unknown>>;
  readonly input: TensorRecipe;
}

interface Golden {
  readonly cases: readonly { readonly volume: { readonly file: string; readonly shape: [number, number, number] } }[];
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
    const { pixels, slices } = await makeCalibrationPixels(from, contract.input);
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

/** The scored slices of the golden volumes, which are procedural. */
async function makeCalibrationPixels(folder: string, recipe: TensorRecipe) {
  const golden = JSON.parse(await readFile(join(folder, 'golden/golden.json'), 'utf8')) as Golden;
  const inputs = await Promise.all(
    golden.cases.map(async ({ volume: { file, shape } }) => {
      const hu = new Int16Array(new Uint8Array(gunzipSync(await readFile(join(folder, 'golden', file)))).buffer);
      const [sliceCount, rows, columns] = shape;
      const input = makeNetworkInput({ hu, rows, columns, sliceCount }, recipe);
      if ('kind' in input) throw new Error(input.detail);
      return input;
    }),
  );
  const pixels = Buffer.concat(
    inputs.map(({ pixels: own }) => Buffer.from(own.buffer, own.byteOffset, own.byteLength)),
  );
  return { pixels, slices: inputs.reduce((sum, { sliceIndexes }) => sum + sliceIndexes.length, 0) };
}
