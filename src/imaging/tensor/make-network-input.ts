/**
 * A volume to a network's input, exactly as models/README.md ("Tensor recipe") says; the golden vectors of each model
 * hold this code and the Python package to the same arithmetic (maximum difference 1e-3). Runs in a worker.
 */
import { abstain, type Abstention } from '../../assessment/domain/abstention.ts';
import type { TensorRecipe } from '../../assessment/domain/model-contract.ts';
import type { NetworkInput } from '../../assessment/domain/ports.ts';
import { findSkullBox, toSquare, type HuStack } from './skull-box.ts';
import { createFilterTaps, resizeColumns, resizeRows } from './triangle-filter.ts';

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
  const resized = new Float32Array(area);
  const across = createFilterTaps(side, widthPx);
  const down = createFilterTaps(side, heightPx);
  for (const [index, slice] of sliceIndexes.entries()) {
    cutSquare(stack, slice, crop, square);
    resizeColumns(square, side, side, across, narrowed);
    resizeRows(narrowed, widthPx, down, resized);
    for (const channel of windows.keys()) {
      const start = (index * windows.length + channel) * area;
      applyWindow(resized, recipe, channel, pixels.subarray(start, start + area));
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
function applyWindow(hu: Float32Array, recipe: TensorRecipe, channel: number, out: Float32Array): void {
  const { levelHu = 0, widthHu = 1 } = recipe.windows[channel] ?? {};
  const mean = recipe.mean[channel] ?? 0;
  const std = recipe.std[channel] ?? 1;
  const scale = 1 / (widthHu * std);
  const offset = -(levelHu - widthHu / 2) * scale - mean / std;
  const [lowest, highest] = [-mean / std, (1 - mean) / std];
  for (let i = 0; i < out.length; i++) {
    const value = (hu[i] ?? 0) * scale + offset;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
}
