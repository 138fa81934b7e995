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
  /** Largest difference that is none: the contract's, for its golden vectors. */
  readonly tolerance: number;
}

/** By network name. */
export type Witnesses = ReadonlyMap<string, Witness>;

/**
 * An engine for the golden vectors that keeps the first slice of each network that goes through it. What `verify` then
 * accepts is a witness.
 */
export async function gatherWitnesses(
  models: readonly CheckedModel[],
  engine: NetworkEngine,
  verify: (model: CheckedModel, engine: NetworkEngine) => Promise<unknown>,
): Promise<Witnesses> {
  const witnesses = new Map<string, Witness>();
  for (const model of models) {
    const tolerance = model.file.golden.tolerance.logits;
    const listening: NetworkEngine = {
      ...engine,
      run: async (network, input, options) => {
        const answer = await engine.run(network, input, options);
        if (!witnesses.has(network.network))
          witnesses.set(network.network, takeFirst(network, input, answer, tolerance));
        return answer;
      },
    };
    await verify(model, listening);
  }
  return witnesses;
}

/**
 * The batch's own answer, without the witness's, which stands last.
 * Throws Fault `contract-invalid` when the witness was answered otherwise than before.
 */
export function dismissWitness(network: NetworkContract, witness: Witness, answer: BatchAnswer): BatchAnswer {
  const { logits, cams } = answer;
  const first = logits.length - TARGETS.length;
  const isSame = witness.logits.every(
    (logit, index) => Math.abs(logit - (logits[first + index] ?? NaN)) <= witness.tolerance,
  );
  if (!isSame) {
    throw new Fault(
      'contract-invalid',
      `The inference server runs ${network.network} with other weights than it proved`,
    );
  }
  const perSlice = TARGETS.length * network.camSize[0] * network.camSize[1];
  return { logits: logits.subarray(0, first), cams: cams.subarray(0, cams.length - perSlice) };
}

function takeFirst(
  { recipe }: NetworkContract,
  input: NetworkInput,
  answer: NetworkAnswer,
  tolerance: number,
): Witness {
  const perSlice = recipe.windows.length * recipe.heightPx * recipe.widthPx;
  return { pixels: input.pixels.slice(0, perSlice), logits: answer.logits.slice(0, TARGETS.length), tolerance };
}
