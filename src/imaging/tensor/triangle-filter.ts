/**
 * Step 5 of the tensor recipe: the weights of a bilinear resize with antialiasing, as
 * `torch.nn.functional.interpolate(mode="bilinear", antialias=True, align_corners=False)`. The resize must be the one
 * of the training: without antialiasing probabilities moved by up to 0.57 (docs/imaging.md).
 */

export interface FilterTaps {
  /** First source index per target. */
  readonly first: Int32Array;
  /** `width` weights per target, zero-padded; they sum to 1. */
  readonly weights: Float32Array;
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
  const weights = new Float32Array(target * width);
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
