/**
 * A volume to a network's input, exactly as models/README.md ("Tensor recipe") says; the golden vectors of each model
 * hold this code and the Python package to the same arithmetic (maximum difference 1e-3). Runs in a worker.
 */
import { abstain, type Abstention } from '../../assessment/domain/abstention.ts';
import type { TensorRecipe } from '../../assessment/domain/model-contract.ts';
import type { NetworkInput } from '../../assessment/domain/ports.ts';
import { findSkullBox, toSquare, type HuStack } from './skull-box.ts';
import { createFilterTaps, resizeColumns, resizeRow } from './triangle-filter.ts';

const [LEAST_HU, MOST_HU] = [-1024, 3071];

type Crop = NetworkInput['crop'];

/** @returns float32 NCHW over the scored slices, or `not-head` / `partial-brain`. */
export function makeNetworkInput(stack: HuStack, recipe: TensorRecipe): NetworkInput | Abstention {
  const box = findSkullBox(stack, recipe.crop.skullThresholdHu, recipe.crop.tailFraction);
  if (!box) return abstain('not-head', 'No bone in the volume');
  const crop = toSquare(box, recipe.crop);
  const sliceIndexes = findScoredSlices(stack, recipe, crop);
  if (sliceIndexes.length === 0) return abstain('partial-brain', 'No slice shows enough brain to be scored');
  const { heightPx, widthPx, windows } = recipe;
  const [, , side] = crop;
  const area = heightPx * widthPx;
  const pixels = new Float32Array(sliceIndexes.length * windows.length * area);
  const square = new Float32Array(side * side);
  const narrowed = new Float32Array(side * widthPx);
  const line = new Float64Array(widthPx);
  const across = createFilterTaps(side, widthPx);
  const down = createFilterTaps(side, heightPx);
  const channels = windows.map((_, channel) => toAffine(recipe, channel));
  for (const [index, slice] of sliceIndexes.entries()) {
    cutSquare(stack, slice, crop, square);
    resizeColumns(square, side, side, across, narrowed);
    for (let row = 0; row < heightPx; row++) {
      resizeRow(narrowed, widthPx, down, row, line);
      for (const [channel, affine] of channels.entries()) {
        applyAffine(line, affine, pixels, (index * channels.length + channel) * area + row * widthPx);
      }
    }
  }
  return { pixels, sliceIndexes, crop };
}

/** Step 4: enough tissue inside the square. */
function findScoredSlices(stack: HuStack, recipe: TensorRecipe, crop: Crop): readonly number[] {
  const [low, high] = recipe.slices.tissueHu;
  const [top, left, side] = crop;
  const { rows, columns, hu } = stack;
  const [firstRow, lastRow] = [Math.max(top, 0), Math.min(top + side, rows)];
  const [firstColumn, lastColumn] = [Math.max(left, 0), Math.min(left + side, columns)];
  const scored: number[] = [];
  for (let slice = 0; slice < stack.sliceCount; slice++) {
    let count = 0;
    for (let row = firstRow; row < lastRow; row++) {
      const start = (slice * rows + row) * columns;
      for (let at = start + firstColumn; at < start + lastColumn; at++) {
        const value = hu[at] ?? 0;
        if (value >= low && value <= high) count++;
      }
    }
    if (count / (side * side) >= recipe.slices.minimumFraction) scored.push(slice);
  }
  return scored;
}

/** Step 1 and the padding of step 3: clamped HU of the square, -1024 outside the image. */
function cutSquare(stack: HuStack, slice: number, [top, left, side]: Crop, square: Float32Array): void {
  const { rows, columns, hu } = stack;
  const [firstColumn, lastColumn] = [Math.max(left, 0), Math.min(left + side, columns)];
  square.fill(LEAST_HU);
  for (let row = Math.max(top, 0); row < Math.min(top + side, rows); row++) {
    const from = (slice * rows + row) * columns;
    const to = (row - top) * side - left;
    for (let column = firstColumn; column < lastColumn; column++) {
      const value = hu[from + column] ?? 0;
      square[to + column] = value < LEAST_HU ? LEAST_HU : value > MOST_HU ? MOST_HU : value;
    }
  }
}

/** Steps 6 and 7 as one line: both are affine between the bounds of the window. */
interface Affine {
  readonly scale: number;
  readonly offset: number;
  readonly lowest: number;
  readonly highest: number;
}

function toAffine({ windows, mean, std }: TensorRecipe, channel: number): Affine {
  const { levelHu = 0, widthHu = 1 } = windows[channel] ?? {};
  const [centre, spread] = [mean[channel] ?? 0, std[channel] ?? 1];
  const scale = 1 / (widthHu * spread);
  const offset = -(levelHu - widthHu / 2) * scale - centre / spread;
  return { scale, offset, lowest: -centre / spread, highest: (1 - centre) / spread };
}

function applyAffine(
  hu: Float64Array,
  { scale, offset, lowest, highest }: Affine,
  out: Float32Array,
  at: number,
): void {
  for (let i = 0; i < hu.length; i++) {
    out[at + i] = Math.min(highest, Math.max(lowest, (hu[i] ?? 0) * scale + offset));
  }
}
