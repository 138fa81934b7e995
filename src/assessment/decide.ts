/**
 * One target, all networks' answers -> an estimate, or an abstention with its reason. The order of the refusals
 * is the safety argument: too little evidence first, then disagreement, then the band where neither call holds.
 */
import { calibrate, calibrateSpread, toProbability } from './calibrate.ts';
import { combineOpinions } from './combine-opinions.ts';
import { combineIntervals } from './combine.ts';
import type { AbstentionReason } from './domain/abstention.ts';
import { isEvidenceSufficient, weakestEvidence, type EvidenceLevel } from './domain/evidence-level.ts';
import type { Finding } from './domain/finding.ts';
import type { EnsembleContract, NetworkContract, TargetContract } from './domain/model-contract.ts';
import type { NetworkAnswer, NetworkInput } from './domain/ports.ts';
import { TARGETS, type Target } from './domain/target.ts';
import { Fault } from '../errors.ts';
import { poolTopK, settleSlices } from './pooling.ts';
import { describeWeakEvidence } from './withhold-weak-evidence.ts';

export interface NetworkRun {
  readonly network: NetworkContract;
  readonly input: NetworkInput;
  readonly answer: NetworkAnswer;
}

/** How many driving slices a finding names. */
const DRIVING_SLICES = 5;

/** @throws Fault `contract-invalid` when a network has no contract for the target, `inference-failed` for a logit that is not finite */
export function decide(
  target: Target,
  runs: readonly NetworkRun[],
  combination: EnsembleContract['combination'],
  minimumEvidence: EvidenceLevel,
): Finding {
  const parts = runs.map((run) => judge(target, run));
  const evidenceLevel = weakestEvidence(parts.map((part) => part.contract.evidenceLevel));
  const refuse = (reason: AbstentionReason, detail: string): Finding => ({
    kind: 'abstained',
    target,
    evidenceLevel,
    reason,
    detail,
  });

  if (!isEvidenceSufficient(evidenceLevel, minimumEvidence)) {
    return refuse('evidence-too-low', describeWeakEvidence(evidenceLevel, minimumEvidence));
  }
  const opinions = parts.map(({ run, probability }) => ({ network: run.network.network, probability }));
  const combined = combineOpinions(
    parts.map((part) => part.probability),
    parts.map((part) => part.contract),
    combination,
  );
  if (combined.kind === 'abstained') return refuse(combined.reason, combined.detail);
  const { probability, threshold } = combined;
  const interval = combineIntervals(parts.map((part) => part.spread));
  return {
    kind: 'estimate',
    target,
    evidenceLevel,
    probability,
    ...(interval && { interval }),
    threshold,
    call: probability >= threshold ? 'positive' : 'negative',
    opinions,
    drivingSlices: rankSlices(target, runs).slice(0, DRIVING_SLICES),
  };
}

function judge(
  target: Target,
  run: NetworkRun,
): { run: NetworkRun; contract: TargetContract; probability: number; spread: readonly number[] } {
  const contract = run.network.targets.find((candidate) => candidate.target === target);
  if (!contract) throw new Fault('contract-invalid', `${run.network.network} has no contract for ${target}`);
  const logits = pickLogits(target, run);
  if (logits.length === 0 || !logits.every(Number.isFinite))
    throw new Fault('inference-failed', `${run.network.network} answered with a logit that is not finite`);
  const pooled = poolTopK(logits, run.network.pooling.k);
  return {
    run,
    contract,
    probability: calibrate(pooled, contract.calibration),
    spread: calibrateSpread(pooled, contract.calibration),
  };
}

/** The target's logit of every scored slice as it counts, in the order of input.sliceIndexes. */
function pickLogits(target: Target, run: NetworkRun): readonly number[] {
  const column = TARGETS.indexOf(target);
  const { sliceIndexes } = run.input;
  const raw = sliceIndexes.map((_, slice) => run.answer.logits[slice * TARGETS.length + column] ?? Number.NaN);
  return settleSlices(raw, sliceIndexes, run.network.pooling);
}

/** Volume slices by the networks' mean uncalibrated slice score, strongest first. */
function rankSlices(target: Target, runs: readonly NetworkRun[]): number[] {
  const scores = new Map<number, number>();
  for (const run of runs) {
    const logits = pickLogits(target, run);
    run.input.sliceIndexes.forEach((sliceIndex, position) => {
      const score = toProbability(logits[position] ?? Number.NaN) / runs.length;
      scores.set(sliceIndex, (scores.get(sliceIndex) ?? 0) + score);
    });
  }
  return [...scores].sort((a, b) => b[1] - a[1]).map(([sliceIndex]) => sliceIndex);
}
