/**
 * From a network's raw slice logits to its study logit, as `pooling` of its contract says; models/pooling-cases.json
 * holds this and the Python package to the same numbers. Knows no disease and no threshold.
 */
import type { Pooling } from './domain/model-contract.ts';

/**
 * Slice logits as they count: each averaged with its scored neighbours where the rule asks for it. At an end, or beside
 * a slice that is not scored, the weights that are there are scaled to 1.
 * @param sliceIndexes ascending positions in the volume; a neighbour is one position away
 */
export function settleSlices(
  logits: readonly number[],
  sliceIndexes: readonly number[],
  pooling: Pooling,
): readonly number[] {
  if (pooling.rule === 'top-k-mean') return logits;
  const side = pooling.neighbourWeight;
  return logits.map((own, position) => {
    let sum = own * (1 - 2 * side);
    let weights = 1 - 2 * side;
    for (const step of [-1, 1]) {
      const beside = logits[position + step];
      if (beside === undefined || sliceIndexes[position + step] !== (sliceIndexes[position] ?? Number.NaN) + step)
        continue;
      sum += beside * side;
      weights += side;
    }
    return sum / weights;
  });
}

/** Mean of the k largest values; of all of them when there are fewer. NaN for none. */
export function poolTopK(sliceLogits: readonly number[], k: number): number {
  const largest = [...sliceLogits].sort((a, b) => b - a).slice(0, k);
  return largest.reduce((sum, value) => sum + value, 0) / largest.length;
}
