/**
 * A slice whose answer is known, sent along with every batch: it shows that this very answer came from the weights that
 * proved themselves. Between two calls a server may be restarted with another model repository, or a balancer may
 * lead to another server, and no call need fail for it.
 */
import type { NetworkContract } from '../assessment/domain/model-contract.ts';
import type { NetworkAnswer, NetworkEngine, NetworkInput } from '../assessment/domain/ports.ts';
import { TARGETS } from '../assessment/domain/target.ts';
import { Fault } from '../errors.ts';
import type { CheckedModel } from './load-ensemble.ts';
import type { BatchAnswer } from './slice-batches.ts';

export interface Witness {
  /** One slice as the network takes it: [channels, height, width]. */
  readonly pixels: Float32Array;
  /** What the server answered while it proved itself. */
  readonly logits: Float32Array;
  /** Largest difference of a logit that still counts as the same: the contract's, for its golden vectors. */
  readonly tolerance: number;
}

/** By network name. */
export type Witnesses = ReadonlyMap<string, Witness>;

/** Its logit tells most about the weights: the bloodier a slice, the further apart two networks are about it. */
const BLOOD = TARGETS.indexOf('ich-present');

/**
 * Of the slices that went to each network while `verify` accepted it, the bloodiest.
 * Throws what `verify` throws, and Fault `contract-invalid` when it sent nothing to a network.
 */
export async function gatherWitnesses(
  models: readonly CheckedModel[],
  engine: NetworkEngine,
  verify: (model: CheckedModel, engine: NetworkEngine) => Promise<unknown>,
): Promise<Witnesses> {
  const witnesses = new Map<string, Witness>();
  for (const model of models) {
    const { network } = model.contract;
    const seen: Witness[] = [];
    const listening: NetworkEngine = {
      ...engine,
      run: async (asked, input, options) => {
        const answer = await engine.run(asked, input, options);
        if (asked.network === network)
          seen.push(takeBloodiest(asked, input, answer, model.file.golden.tolerance.logits));
        return answer;
      },
    };
    await verify(model, listening);
    const bloodiest = seen.reduce<Witness | undefined>(
      (most, each) => (most && bloodOf(most) >= bloodOf(each) ? most : each),
      undefined,
    );
    if (bloodiest === undefined) throw new Fault('contract-invalid', `${network} was proven without a single slice`);
    witnesses.set(network, bloodiest);
  }
  return witnesses;
}

/** The witness as a study of one slice. */
export function toStudy({ recipe }: NetworkContract, { pixels }: Witness): NetworkInput {
  return { pixels, sliceIndexes: [0], crop: [0, 0, recipe.heightPx] };
}

/**
 * The batch's own answer, without the witness's, which stands last.
 * Throws Fault `contract-invalid` when the witness was answered otherwise than before.
 */
export function dismissWitness(network: NetworkContract, witness: Witness, answer: BatchAnswer): BatchAnswer {
  const { logits, cams } = answer;
  const first = logits.length - TARGETS.length;
  const differences = witness.logits.map((logit, index) => Math.abs(logit - (logits[first + index] ?? NaN)));
  if (!differences.every((difference) => difference <= witness.tolerance)) {
    throw new Fault(
      'contract-invalid',
      `The inference server runs ${network.network} with other weights than it proved`,
      {
        details: { network: network.network, difference: Math.max(...differences), tolerance: witness.tolerance },
      },
    );
  }
  const perSlice = TARGETS.length * network.camSize[0] * network.camSize[1];
  return { logits: logits.subarray(0, first), cams: cams.subarray(0, cams.length - perSlice) };
}

function takeBloodiest(
  { recipe }: NetworkContract,
  input: NetworkInput,
  { logits }: NetworkAnswer,
  tolerance: number,
): Witness {
  const perSlice = recipe.windows.length * recipe.heightPx * recipe.widthPx;
  const blood = input.sliceIndexes.map((_, index) => logits[index * TARGETS.length + BLOOD] ?? -Infinity);
  const index = blood.indexOf(Math.max(...blood));
  return {
    pixels: input.pixels.slice(index * perSlice, (index + 1) * perSlice),
    logits: logits.slice(index * TARGETS.length, (index + 1) * TARGETS.length),
    tolerance,
  };
}

function bloodOf({ logits }: Witness): number {
  return logits[BLOOD] ?? -Infinity;
}
