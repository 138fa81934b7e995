/**
 * One study on an inference server, batch by batch. Inference has no side effects, so a call that failed on the way is
 * repeated while that can help and there is time; a batch that the server has no memory for is halved. The network's
 * witness is the last slice of each batch.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NetworkContract } from '../assessment/domain/model-contract.ts';
import type { NetworkAnswer, NetworkInput } from '../assessment/domain/ports.ts';
import { TARGETS } from '../assessment/domain/target.ts';
import { Fault, isFault } from '../errors.ts';
import { callServer, TOO_LARGE } from './open-inference-client.ts';
import type { ServerAddress } from './open-inference-client.ts';
import { decodeResponse, encodeRequest, JSON_LENGTH_HEADER, longestAnswer } from './open-inference-codec.ts';
import { cutBatches, joinAnswers, requireBatchAnswer } from './slice-batches.ts';
import type { BatchAnswer, SliceBatch } from './slice-batches.ts';
import { dismissWitness } from './witness.ts';
import type { Witness } from './witness.ts';

export interface RemoteRunOptions extends ServerAddress {
  /** Slices per call, the witness among them; at least 2. Default 16, for which the server is warm. */
  readonly batchSize?: number;
  /** One call. Default 10 000. */
  readonly requestTimeoutMs?: number;
  /** Calls of one batch, the first included. Default 3. */
  readonly attempts?: number;
  readonly random?: () => number;
}

interface RunContext {
  readonly isBinary: boolean;
  readonly signal: AbortSignal;
  /** None while the server proves itself. */
  readonly witness?: Witness | undefined;
}

const FIRST_RETRY_MS = 50;

/**
 * Throws Fault `inference-unavailable`, `inference-failed` or `deadline-exceeded`; `contract-invalid` when the witness
 * shows other weights.
 */
export async function runRemote(
  options: RemoteRunOptions,
  network: NetworkContract,
  input: NetworkInput,
  context: RunContext,
): Promise<NetworkAnswer> {
  const startedAt = performance.now();
  const answers: BatchAnswer[] = [];
  const slices = (options.batchSize ?? 16) - (context.witness ? 1 : 0);
  for (const batch of cutBatches(network, input, Math.max(1, slices))) {
    answers.push(await runBatch(options, network, batch, context));
  }
  return { ...joinAnswers(answers), durationMs: performance.now() - startedAt };
}

async function runBatch(
  options: RemoteRunOptions,
  network: NetworkContract,
  batch: SliceBatch,
  context: RunContext,
): Promise<BatchAnswer> {
  const attempts = options.attempts ?? 3;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await callOnce(options, network, batch, context);
    } catch (error) {
      if (!isFault(error)) throw error;
      if (error.details[TOO_LARGE] === true && batch.dims[0] > 1) return runHalves(options, network, batch, context);
      const isWorthAnother = error.code === 'inference-unavailable' && error.details[TOO_LARGE] !== true;
      if (attempt >= attempts || !isWorthAnother) throw error;
      const backoffMs = FIRST_RETRY_MS * 2 ** attempt * (0.5 + (options.random ?? Math.random)() / 2);
      await waitFor(Math.max(backoffMs, error.retryAfterMs ?? 0), context.signal);
    }
  }
}

async function runHalves(...[options, network, batch, context]: Parameters<typeof runBatch>): Promise<BatchAnswer> {
  const [slices, ...rest] = batch.dims;
  const first = Math.ceil(slices / 2);
  const perSlice = batch.pixels.length / slices;
  const answers: BatchAnswer[] = [];
  for (const [from, to] of [[0, first] as const, [first, slices] as const]) {
    const pixels = batch.pixels.subarray(from * perSlice, to * perSlice);
    answers.push(await runBatch(options, network, { dims: [to - from, ...rest], pixels }, context));
  }
  return joinAnswers(answers);
}

async function callOnce(
  options: RemoteRunOptions,
  network: NetworkContract,
  { dims, pixels }: SliceBatch,
  { isBinary, signal, witness }: RunContext,
): Promise<BatchAnswer> {
  const [rows, columns] = network.camSize;
  const [batchSlices, ...perSlice] = dims;
  const slices = batchSlices + (witness ? 1 : 0);
  const expected = [
    { name: 'logits', shape: [slices, TARGETS.length] },
    { name: 'cam', shape: [slices, TARGETS.length, rows, columns] },
  ];
  const parts = witness ? [pixels, witness.pixels] : [pixels];
  const sent = { name: 'pixels', shape: [slices, ...perSlice], parts };
  const request = encodeRequest(sent, ['logits', 'cam'], { isBinary });
  const { headers, body } = await callServer(options, {
    method: 'POST',
    path: `v2/models/${network.network}/infer`,
    ...request,
    signal,
    timeoutMs: options.requestTimeoutMs ?? 10_000,
    maximumBytes: longestAnswer(expected),
  });
  const [logits = new Float32Array(), cams = new Float32Array()] = decodeResponse(
    body,
    headers.get(JSON_LENGTH_HEADER),
    expected,
  );
  const answer = requireBatchAnswer(network, slices, { logits, cams });
  return witness ? dismissWitness(network, witness, answer) : answer;
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    throw new Fault('deadline-exceeded', 'The time allowed for inference ran out', { cause: error, retryable: true });
  }
}
