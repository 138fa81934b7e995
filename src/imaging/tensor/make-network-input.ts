/**
 * A volume to a network's input, exactly as models/README.md ("Tensor recipe") says; the golden vectors of each model
 * hold this code and the Python package to the same arithmetic (maximum difference 1e-3). Runs in a worker; every pixel
 * goes through the kernel (ADR 0045).
 */
import { abstain, type Abstention } from '../../assessment/domain/abstention.ts';
import type { TensorRecipe } from '../../assessment/domain/model-contract.ts';
import type { NetworkInput } from '../../assessment/domain/ports.ts';
import { layOut, toInt16Range, usePixelKernel } from '../kernel/pixel-kernel.ts';
import { findSkullBox, toSquare, type HuStack } from './skull-box.ts';
import { createFilterTaps, type FilterTaps } from './triangle-filter.ts';

const [LEAST_HU, MOST_HU] = [-1024, 3071];

type Crop = NetworkInput['crop'];

/** @returns float32 NCHW over the scored slices, or `not-head` / `partial-brain`. */
export function makeNetworkInput(stack: HuStack, recipe: TensorRecipe): NetworkInput | Abstention {
  const box = findSkullBox(stack, recipe.crop.skullThresholdHu, recipe.crop.tailFraction);
  if (!box) return abstain('not-head', 'No bone in the volume');
  const crop = toSquare(box, recipe.crop);
  const { pixels, sliceIndexes } = resizeSlices(stack, recipe, crop);
  if (sliceIndexes.length === 0) return abstain('partial-brain', 'No slice shows enough brain to be scored');
  return { pixels, sliceIndexes, crop };
}

/** Steps 1 and 3 to 7 of the recipe. */
function resizeSlices(stack: HuStack, recipe: TensorRecipe, crop: Crop): Omit<NetworkInput, 'crop'> {
  const { rows, columns, sliceCount, hu } = stack;
  const plan = planKernel(stack, recipe, crop);
  const area = rows * columns;
  const sliceIndexes: number[] = [];
  // For all slices: memory that no scored slice touches costs nothing, a copy at the end would.
  const pixels = new Float32Array(sliceCount * plan.out.length);
  for (let slice = 0; slice < sliceCount; slice++) {
    plan.slice.set(hu.subarray(slice * area, (slice + 1) * area));
    const share = plan.cutSquare() / (crop[2] * crop[2]);
    if (share < recipe.slices.minimumFraction) continue;
    plan.resizeToChannels();
    pixels.set(plan.out, sliceIndexes.length * plan.out.length);
    sliceIndexes.push(slice);
  }
  return { pixels: pixels.subarray(0, sliceIndexes.length * plan.out.length), sliceIndexes };
}

interface KernelPlan {
  /** int16 HU of one slice go in here, ... */
  readonly slice: Int16Array;
  /** ... are cut to the square (returns its count of tissue) ... */
  cutSquare(): number;
  /** ... and become the channels of the network, here. */
  resizeToChannels(): void;
  readonly out: Float32Array;
}

function planKernel({ rows, columns }: HuStack, recipe: TensorRecipe, [top, left, side]: Crop): KernelPlan {
  const { heightPx, widthPx, windows } = recipe;
  const down = createFilterTaps(side, heightPx);
  const across = createFilterTaps(side, widthPx);
  const pitch = Math.ceil(side / 4) * 4;
  const channels = windows.length;
  const outLength = channels * heightPx * widthPx;
  const kernel = usePixelKernel();
  const at = layOut({
    slice: rows * columns * 2,
    square: side * pitch * 4,
    downFirst: down.first.byteLength,
    downWeights: down.weights.byteLength,
    acrossFirst: across.first.byteLength,
    acrossWeights: across.weights.byteLength,
    strip: pitch * 16,
    affines: channels * 16,
    out: outLength * 4,
  });
  const { buffer } = kernel.memory;
  placeTaps(buffer, at.downFirst, at.downWeights, down);
  placeTaps(buffer, at.acrossFirst, at.acrossWeights, across);
  new Float32Array(buffer, at.affines, channels * 4).set(windows.flatMap((_, channel) => toAffine(recipe, channel)));
  const tissue = toInt16Range(...recipe.slices.tissueHu);
  const image = [at.slice, rows, columns, top, left, side] as const;
  const taps = [at.downFirst, at.downWeights, down.width, at.acrossFirst, at.acrossWeights, across.width] as const;
  const target = [heightPx, widthPx, at.strip, at.affines, channels, at.out] as const;
  return {
    slice: new Int16Array(buffer, at.slice, rows * columns),
    cutSquare: () => kernel.cutSquare(...image, at.square, pitch, LEAST_HU, MOST_HU, ...tissue),
    resizeToChannels: () => kernel.resizeToChannels(at.square, pitch, side, ...taps, ...target),
    out: new Float32Array(buffer, at.out, outLength),
  };
}

function placeTaps(memory: ArrayBuffer, first: number, weights: number, taps: FilterTaps): void {
  new Int32Array(memory, first, taps.first.length).set(taps.first);
  new Float32Array(memory, weights, taps.weights.length).set(taps.weights);
}

/** Steps 6 and 7 as one line, both being affine between the bounds of the window: scale, offset, lowest, highest. */
function toAffine({ windows, mean, std }: TensorRecipe, channel: number): readonly number[] {
  const { levelHu = 0, widthHu = 1 } = windows[channel] ?? {};
  const [centre, spread] = [mean[channel] ?? 0, std[channel] ?? 1];
  const scale = 1 / (widthHu * spread);
  const offset = -(levelHu - widthHu / 2) * scale - centre / spread;
  return [scale, offset, -centre / spread, (1 - centre) / spread];
}
