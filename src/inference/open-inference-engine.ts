/**
 * The NetworkEngine on a GPU node that speaks the Open Inference Protocol (NVIDIA Triton, KServe, MLServer, OpenVINO
 * Model Server). The contracts are the same as in process; the server proves that it serves these very weights before
 * it gets a study, and again with every batch. Inference has no side effects, so a call may be repeated. When the server
 * is down and the site gave a fall-back, that one answers.
 */
import type { Logger } from 'pino';
import type { NetworkContract } from '../assessment/domain/model-contract.ts';
import type { NetworkAnswer, NetworkEngine, NetworkInput } from '../assessment/domain/ports.ts';
import { Fault, isFault, toFault } from '../errors.ts';
import { loadEnsemble } from './load-ensemble.ts';
import type { CheckedModel } from './load-ensemble.ts';
import { proveServer } from './open-inference-handshake.ts';
import { runRemote } from './open-inference-run.ts';
import type { RemoteRunOptions } from './open-inference-run.ts';
import { ServerWatch } from './server-watch.ts';
import { gatherWitnesses, toStudy } from './witness.ts';
import type { Witnesses } from './witness.ts';

export interface OpenInferenceEngineOptions extends RemoteRunOptions {
  readonly modelsDir: string;
  readonly ensembleFile: string;
  readonly logger: Logger;
  /** Failures in a row after which the server must prove itself again. Default 5. */
  readonly failuresToOpen?: number;
  /** Pause before it is asked to. Default 1 000. */
  readonly cooldownMs?: number;
  /**
   * Proof that the served weights are those of the contract: rejects when not. The service passes the golden vectors:
   * `(model, engine) => checkGolden(model, engine, makeNetworkInput)`.
   */
  readonly verifyModel: (model: CheckedModel, engine: NetworkEngine) => Promise<unknown>;
  /** Answers while the server is down. */
  readonly fallback?: NetworkEngine;
}

export interface OpenInferenceEngine extends NetworkEngine {
  /** Resolves when the server has proven itself. */
  whenUp(): Promise<void>;
  isUp(): boolean;
}

export async function createOpenInferenceEngine(options: OpenInferenceEngineOptions): Promise<OpenInferenceEngine> {
  const { ensemble, models } = await loadEnsemble(options);
  const { fallback, logger } = options;
  let isBinary = true;
  let witnesses: Witnesses = new Map();

  const watch = new ServerWatch({
    logger,
    failuresToOpen: options.failuresToOpen ?? 5,
    cooldownMs: options.cooldownMs ?? 1_000,
    handshake: async (signal) => {
      ({ isBinary } = await proveServer(options, models, signal));
      const prober = toProber(ensemble, (network, input) => runRemote(options, network, input, { isBinary, signal }));
      const gathered = await gatherWitnesses(models, prober, options.verifyModel);
      await meetWitnesses(options, ensemble, gathered, { isBinary, signal });
      witnesses = gathered;
    },
  });

  const tryRemote = async (
    network: NetworkContract,
    input: NetworkInput,
    signal: AbortSignal,
  ): Promise<NetworkAnswer> => {
    if (!watch.isUp()) throw isDown(watch);
    try {
      const witness = witnesses.get(network.network);
      const answer = await runRemote(options, network, input, { isBinary, signal, witness });
      watch.recordSuccess();
      return answer;
    } catch (error) {
      if (isFault(error) && error.code === 'contract-invalid') {
        watch.takeDown(error);
        throw isDown(watch);
      }
      // A caller in a hurry says nothing about the server.
      if (!signal.aborted) watch.recordFailure(error);
      throw error;
    }
  };
  return {
    ensemble,
    isUp: () => watch.isUp(),
    isReady: () => watch.isUp() || (fallback?.isReady() ?? false),
    whenUp: async () => {
      await watch.whenUp();
    },
    close: async () => {
      watch.close();
      await fallback?.close();
    },
    run: async (network, input, runOptions) => {
      const { signal } = runOptions;
      try {
        return await tryRemote(network, input, signal);
      } catch (error) {
        if (fallback === undefined || signal.aborted) throw error;
        logger.warn({ network: network.network, code: toFault(error).code }, 'the fall-back engine is asked');
        return await standIn(() => fallback.run(network, input, runOptions), error, logger);
      }
    },
  };
}

/** What is wrong with the fall-back is no reason to give the study up: the server may come back. */
async function standIn(
  run: () => Promise<NetworkAnswer>,
  serverFault: unknown,
  logger: Logger,
): Promise<NetworkAnswer> {
  try {
    return await run();
  } catch (error) {
    const { code, message } = toFault(error);
    if (code === 'deadline-exceeded') throw error;
    logger.error({ code, message }, 'the fall-back engine failed too');
    throw serverFault;
  }
}

/** Every network answers a batch with its witness as it will from now on, or the server is not fit. */
async function meetWitnesses(
  options: OpenInferenceEngineOptions,
  { networks }: NetworkEngine['ensemble'],
  witnesses: Witnesses,
  context: { readonly isBinary: boolean; readonly signal: AbortSignal },
): Promise<void> {
  for (const network of networks) {
    const witness = witnesses.get(network.network);
    if (witness) await runRemote(options, network, toStudy(network, witness), { ...context, witness });
  }
}

/** The server as an engine before it counts as up, for the golden vectors. */
function toProber(
  ensemble: NetworkEngine['ensemble'],
  run: (network: NetworkContract, input: NetworkInput) => Promise<NetworkAnswer>,
): NetworkEngine {
  return { ensemble, run, isReady: () => true, close: () => Promise.resolve() };
}

function isDown(watch: ServerWatch): Fault {
  return new Fault('inference-unavailable', 'The inference server is down', {
    cause: watch.lastFault(),
    retryable: true,
    retryAfterMs: watch.pauseMs(),
  });
}
