/**
 * A study's slices, cut into batches for a network and put together again; what every engine does around its
 * run. An answer of the wrong size or with a number that is none is a fault: it must not become a probability.
 */
import type { NetworkContract } from '../assessment/domain/model-contract.ts';
import type { NetworkInput } from '../assessment/domain/ports.ts';
import { TARGETS } from '../assessment/domain/target.ts';
import { Fault } from '../errors.ts';

export interface SliceBatch {
  /** [slices, channels, height, width] */
  readonly dims: readonly [number, number, number, number];
  /** A view into the input's pixels: copy it before transferring. */
  readonly pixels: Float32Array;
}

export interface BatchAnswer {
  readonly logits: Float32Array;
  readonly cams: Float32Array;
}

/** Throws Fault `inference-failed` when the input does not have the size its recipe gives. */
export function cutBatches(network: NetworkContract, input: NetworkInput, batchSize: number): readonly SliceBatch[] {
  const { heightPx, widthPx, windows } = network.recipe;
  const perSlice = windows.length * heightPx * widthPx;
  const count = input.sliceIndexes.length;
  if (count === 0 || input.pixels.length !== count * perSlice) {
    throw new Fault('inference-failed', `${network.network}: input has the wrong size`, {
      details: { slices: count, values: input.pixels.length, expected: count * perSlice },
    });
  }
  const batches: SliceBatch[] = [];
  for (let first = 0; first < count; first += batchSize) {
    const slices = Math.min(batchSize, count - first);
    const pixels = input.pixels.subarray(first * perSlice, (first + slices) * perSlice);
    batches.push({ dims: [slices, windows.length, heightPx, widthPx], pixels });
  }
  return batches;
}

/** Throws Fault `inference-failed` for an answer of the wrong size or with NaN or infinity. */
export function requireBatchAnswer(network: NetworkContract, slices: number, answer: BatchAnswer): BatchAnswer {
  const logits = slices * TARGETS.length;
  const cams = logits * network.camSize[0] * network.camSize[1];
  const sizes = { logits: answer.logits.length, cams: answer.cams.length, expectedLogits: logits, expectedCams: cams };
  if (sizes.logits !== logits || sizes.cams !== cams) {
    throw new Fault('inference-failed', `${network.network}: answer has the wrong size`, { details: sizes });
  }
  if (!answer.logits.every(Number.isFinite) || !answer.cams.every(Number.isFinite)) {
    throw new Fault('inference-failed', `${network.network}: answer holds values that are not numbers`);
  }
  return answer;
}

export function joinAnswers(answers: readonly BatchAnswer[]): BatchAnswer {
  return { logits: join(answers.map((each) => each.logits)), cams: join(answers.map((each) => each.cams)) };
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
