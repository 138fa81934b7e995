/**
 * Steps 2 and 3 of the tensor recipe (models/README.md): the square around the skull, robust against the table and
 * stray dense pixels. Row and column counts over the whole volume, so that every slice is cropped alike.
 */
import type { CtVolume } from '../../assessment/domain/ct-volume.ts';
import type { TensorRecipe } from '../../assessment/domain/model-contract.ts';
import { layOut, toInt16Range, usePixelKernel } from '../kernel/pixel-kernel.ts';

export type HuStack = Pick<CtVolume, 'rows' | 'columns' | 'sliceCount'> & { readonly hu: Int16Array };

export interface SkullBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** @returns undefined when no pixel reaches the threshold. */
export function findSkullBox(stack: HuStack, thresholdHu: number, tailFraction: number): SkullBox | undefined {
  const { rows, columns, sliceCount, hu } = stack;
  const [threshold, most] = toInt16Range(thresholdHu, Infinity);
  if (threshold > most) return undefined;
  const kernel = usePixelKernel();
  const area = rows * columns;
  const at = layOut({ slice: area * 2, perRow: rows * 4, perColumn: columns * 4, lanes: columns * 2 });
  const slice = new Int16Array(kernel.memory.buffer, at.slice, area);
  const perRow = new Int32Array(kernel.memory.buffer, at.perRow, rows).fill(0);
  const perColumn = new Int32Array(kernel.memory.buffer, at.perColumn, columns).fill(0);
  let total = 0;
  for (let index = 0; index < sliceCount; index++) {
    slice.set(hu.subarray(index * area, (index + 1) * area));
    total += kernel.countDense(at.slice, rows, columns, threshold, at.perRow, at.perColumn, at.lanes);
  }
  if (total === 0) return undefined;
  const [top, bottom] = cutTails(perRow, total, tailFraction);
  const [left, right] = cutTails(perColumn, total, tailFraction);
  return { top, bottom, left, right };
}

function cutTails(counts: Int32Array, total: number, tailFraction: number): readonly [number, number] {
  let cumulated = 0;
  let first = -1;
  for (const [index, count] of counts.entries()) {
    cumulated += count;
    if (first < 0 && cumulated > tailFraction * total) first = index;
    if (cumulated >= (1 - tailFraction) * total) return [first, index];
  }
  return [Math.max(first, 0), counts.length - 1];
}

/** @returns [top, left, side] in volume pixels; the square may reach beyond the image. */
export function toSquare(box: SkullBox, crop: TensorRecipe['crop']): readonly [number, number, number] {
  const height = box.bottom - box.top + 1;
  const width = box.right - box.left + 1;
  const side = Math.ceil(Math.max(height, width) * (1 + 2 * crop.marginFraction));
  return [Math.floor(box.top + (height - side) / 2), Math.floor(box.left + (width - side) / 2), side];
}
