/**
 * What the evidence page shows beyond the chart: every scored slice's logits and activation maps, per network.
 * Maps are cut at zero and scaled to the strongest cell of their network and target, as a picture needs it.
 */
import type { AssessmentEvidence } from './domain/finding.ts';
import { TARGETS } from './domain/target.ts';
import type { NetworkRun } from './decide.ts';

const DECIMALS = 1000;

export function toEvidence(key: string, runs: readonly NetworkRun[]): AssessmentEvidence {
  return { key, networks: runs.map(toNetworkEvidence) };
}

function toNetworkEvidence({ network, input, answer }: NetworkRun): AssessmentEvidence['networks'][number] {
  const cells = network.camSize[0] * network.camSize[1];
  const strongest = TARGETS.map((_, target) => strongestCell(answer.cams, input.sliceIndexes.length, target, cells));
  return {
    network: network.network,
    sliceIndexes: input.sliceIndexes,
    logits: input.sliceIndexes.map((_, slice) =>
      TARGETS.map((_target, target) => round(answer.logits[slice * TARGETS.length + target] ?? 0)),
    ),
    cams: input.sliceIndexes.map((_, slice) =>
      TARGETS.map((_target, target) => {
        const from = (slice * TARGETS.length + target) * cells;
        const scale = strongest[target] ?? 1;
        return Array.from(answer.cams.subarray(from, from + cells), (value) => round(Math.max(0, value) / scale));
      }),
    ),
    camSize: network.camSize,
    crop: input.crop,
  };
}

function strongestCell(cams: Float32Array, slices: number, target: number, cells: number): number {
  let strongest = Number.MIN_VALUE;
  for (let slice = 0; slice < slices; slice += 1) {
    const from = (slice * TARGETS.length + target) * cells;
    for (let cell = from; cell < from + cells; cell += 1) strongest = Math.max(strongest, cams[cell] ?? 0);
  }
  return strongest;
}

function round(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
