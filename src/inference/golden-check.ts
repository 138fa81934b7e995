/**
 * Golden vectors (models/README.md): a committed volume, what the recipe makes of it and what the network answers,
 * written by the training package. Whoever runs a network here must reproduce both within the contract's
 * tolerance; the recipe itself is imaging's and is handed in.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import type { Abstention } from '../assessment/domain/abstention.ts';
import type { TensorRecipe } from '../assessment/domain/model-contract.ts';
import type { NetworkAnswer, NetworkEngine, NetworkInput } from '../assessment/domain/ports.ts';
import { Fault } from '../errors.ts';
import type { CheckedModel } from './load-ensemble.ts';

const decompress = promisify(gunzip);
const count = z.number().int().positive();
const tripleOf = (item: z.ZodNumber) => z.tuple([item, item, item]);

const goldenFile = z.object({
  schemaVersion: z.literal(1),
  modelSha256: z.string(),
  cases: z
    .array(
      z.object({
        name: z.string(),
        volume: z.object({ file: z.string().regex(/^[\w.-]+$/), shape: tripleOf(count), sha256: z.string() }),
        square: z.object({ top: z.number(), left: z.number(), side: z.number() }),
        sliceIndexes: z.array(z.number()),
        tensor: z.object({
          shape: z.array(count).length(4),
          samples: z.array(z.tuple([z.number(), z.number()])).min(1),
        }),
        logits: z.array(tripleOf(z.number())).min(1),
        cam: z.object({ shape: z.array(count).length(4), firstSlice: z.array(z.number()) }),
      }),
    )
    .min(1),
});
type GoldenCase = z.output<typeof goldenFile>['cases'][number];

/** Hounsfield units of a golden volume, slice-major. */
export interface GoldenVolume {
  readonly sliceCount: number;
  readonly rows: number;
  readonly columns: number;
  readonly hu: Int16Array;
}

export type MakeInput = (volume: GoldenVolume, recipe: TensorRecipe) => NetworkInput | Abstention;

export interface GoldenDeviation {
  readonly case: string;
  /** Largest absolute difference of the sampled tensor values, of the logits, and of the first slice's map relative
   * to its largest value. */
  readonly tensor: number;
  readonly logits: number;
  readonly camShare: number;
}

/** Maps are rounded in the file; where the contract says nothing else models/README.md allows 1 % of the largest absolute value. */
const CAM_TOLERANCE = 0.01;

/**
 * Runs every case of the model through recipe and engine. Throws Fault `contract-invalid` naming the case and the
 * difference when one is beyond the tolerance, and for files that do not belong to the model.
 */
export async function checkGolden(
  model: CheckedModel,
  engine: NetworkEngine,
  makeInput: MakeInput,
): Promise<readonly GoldenDeviation[]> {
  const file = join(model.folder, model.file.golden.file);
  const golden = goldenFile.parse(JSON.parse(await readFile(file, 'utf8')));
  if (golden.modelSha256 !== model.contract.digest) throw wrong(file, 'belongs to another model file');
  const deviations: GoldenDeviation[] = [];
  for (const given of golden.cases) {
    const deviation = await checkCase(file, given, model, engine, makeInput);
    const allowed = { camShare: CAM_TOLERANCE, ...model.file.golden.tolerance };
    if (
      deviation.tensor > allowed.tensor ||
      deviation.logits > allowed.logits ||
      deviation.camShare > allowed.camShare
    ) {
      throw wrong(file, `${given.name} deviates: ${JSON.stringify(deviation)}, allowed ${JSON.stringify(allowed)}`);
    }
    deviations.push(deviation);
  }
  return deviations;
}

async function checkCase(
  file: string,
  given: GoldenCase,
  { contract }: CheckedModel,
  engine: NetworkEngine,
  makeInput: MakeInput,
): Promise<GoldenDeviation> {
  const input = makeInput(await readVolume(file, given), contract.recipe);
  if ('kind' in input) throw wrong(file, `${given.name}: the recipe abstains (${input.reason})`);
  const { top, left, side } = given.square;
  const expected = JSON.stringify([[top, left, side], given.sliceIndexes]);
  if (JSON.stringify([input.crop, input.sliceIndexes]) !== expected)
    throw wrong(file, `${given.name}: other square or slices`);
  const answer = await engine.run(contract, input, { signal: new AbortController().signal });
  return {
    case: given.name,
    tensor: largest(given.tensor.samples.map(([index, value]) => Math.abs((input.pixels[index] ?? NaN) - value))),
    logits: largest(given.logits.flat().map((value, index) => Math.abs((answer.logits[index] ?? NaN) - value))),
    camShare: compareMaps(given, answer),
  };
}

async function readVolume(file: string, { name, volume }: GoldenCase): Promise<GoldenVolume> {
  const bytes = await decompress(await readFile(join(dirname(file), volume.file)));
  if (createHash('sha256').update(bytes).digest('hex') !== volume.sha256) throw wrong(file, `${name}: volume changed`);
  const [sliceCount, rows, columns] = volume.shape;
  const hu = Int16Array.from({ length: sliceCount * rows * columns }, (_, index) => bytes.readInt16LE(index * 2));
  return { sliceCount, rows, columns, hu };
}

function compareMaps(given: GoldenCase, answer: NetworkAnswer): number {
  const scale = largest(given.cam.firstSlice.map(Math.abs));
  const differences = given.cam.firstSlice.map((value, index) => Math.abs((answer.cams[index] ?? NaN) - value));
  return scale === 0 ? largest(differences) : largest(differences) / scale;
}

/** NaN wins: a value that is missing must not pass for a small difference. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most || Number.isNaN(value) ? value : most), 0);
}

function wrong(file: string, problem: string): Fault {
  return new Fault('contract-invalid', `${file}: ${problem}`);
}
