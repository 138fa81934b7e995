/**
 * Step 5 of the tensor recipe: bilinear resize with antialiasing, as
 * `torch.nn.functional.interpolate(mode="bilinear", antialias=True, align_corners=False)`. The resize must be the one
 * of the training: without antialiasing probabilities moved by up to 0.57 (docs/imaging.md).
 */

export interface FilterTaps {
  /** First source index per target. */
  readonly first: Int32Array;
  /** `width` weights per target, zero-padded; they sum to 1. */
  readonly weights: Float64Array;
  readonly width: number;
}

export function createFilterTaps(source: number, target: number): FilterTaps {
  const scale = source / target;
  const support = Math.max(scale, 1);
  const ranges = Array.from({ length: target }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const from = Math.max(Math.trunc(centre - support + 0.5), 0);
    return { centre, from, to: Math.min(Math.trunc(centre + support + 0.5), source) };
  });
  const width = Math.max(...ranges.map(({ from, to }) => to - from));
  const first = new Int32Array(target);
  const weights = new Float64Array(target * width);
  for (const [i, { centre, from, to }] of ranges.entries()) {
    // Kept inside the source with its zero padding, so that the inner loops need no bounds check.
    const start = Math.min(from, source - width);
    const own = weights.subarray(i * width, (i + 1) * width);
    for (let j = from; j < to; j++) own[j - start] = Math.max(0, 1 - Math.abs((j - centre + 0.5) / support));
    const sum = own.reduce((total, weight) => total + weight, 0);
    for (const [k, weight] of own.entries()) own[k] = weight / sum;
    first[i] = start;
  }
  return { first, weights, width };
}

/** Rows of `source` (rows x columns) to `target` columns each. */
export function resizeColumns(
  source: Float32Array,
  rows: number,
  columns: number,
  taps: FilterTaps,
  out: Float32Array,
): void {
  const { first, weights, width } = taps;
  const target = first.length;
  if (width === 3) {
    resizeColumnsByThree(source, rows, columns, taps, out);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const to = row * target;
    for (let i = 0; i < target; i++) {
      const start = from + (first[i] ?? 0);
      const tap = i * width;
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (source[start + k] ?? 0) * (weights[tap + k] ?? 0);
      out[to + i] = sum;
    }
  }
}

/** The usual case, 299 pixels out of 300 to 450: the inner loop written out is twice as fast. */
function resizeColumnsByThree(
  source: Float32Array,
  rows: number,
  columns: number,
  { first, weights }: FilterTaps,
  out: Float32Array,
): void {
  const target = first.length;
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const to = row * target;
    for (let i = 0, tap = 0; i < target; i++, tap += 3) {
      const start = from + (first[i] ?? 0);
      out[to + i] =
        (source[start] ?? 0) * (weights[tap] ?? 0) +
        (source[start + 1] ?? 0) * (weights[tap + 1] ?? 0) +
        (source[start + 2] ?? 0) * (weights[tap + 2] ?? 0);
    }
  }
}

/** One target row of `source` (rows x columns): its weighted rows summed into `line`. */
export function resizeRow(
  source: Float32Array,
  columns: number,
  { first, weights, width }: FilterTaps,
  row: number,
  line: Float64Array,
): void {
  const start = (first[row] ?? 0) * columns;
  const tap = row * width;
  if (width === 3) {
    const [w0, w1, w2] = [weights[tap] ?? 0, weights[tap + 1] ?? 0, weights[tap + 2] ?? 0];
    const [second, third] = [start + columns, start + 2 * columns];
    for (let i = 0; i < columns; i++) {
      line[i] = (source[start + i] ?? 0) * w0 + (source[second + i] ?? 0) * w1 + (source[third + i] ?? 0) * w2;
    }
    return;
  }
  line.fill(0);
  for (let k = 0; k < width; k++) {
    const weight = weights[tap + k] ?? 0;
    const from = start + k * columns;
    for (let i = 0; i < columns; i++) line[i] = (line[i] ?? 0) + weight * (source[from + i] ?? 0);
  }
}
