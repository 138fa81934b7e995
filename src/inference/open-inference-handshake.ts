/**
 * What a server must show before it gets a study: it is ready, it has every network of the ensemble, and the
 * networks take and give what their contracts say. Whether the numbers are right is the golden vectors' part.
 */
import { z } from 'zod';
import { TARGETS } from '../assessment/domain/target.ts';
import { Fault, isFault } from '../errors.ts';
import type { CheckedModel } from './load-ensemble.ts';
import { callServer } from './open-inference-client.ts';
import type { ServerAddress, ServerAnswer } from './open-inference-client.ts';
import { BINARY_EXTENSION } from './open-inference-codec.ts';

const HANDSHAKE_TIMEOUT_MS = 5_000;
const METADATA_BYTES = 262_144;

const serverMetadata = z.object({ extensions: z.array(z.string()).default([]) });
const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) });
const modelMetadata = z.object({ inputs: z.array(tensor).default([]), outputs: z.array(tensor).default([]) });

/**
 * @returns whether the server takes and gives binary tensors
 * Throws Fault `inference-unavailable` while it is not ready, `contract-invalid` when it serves something else.
 */
export async function proveServer(
  server: ServerAddress,
  models: readonly CheckedModel[],
  signal: AbortSignal,
): Promise<{ readonly isBinary: boolean }> {
  const limits = { timeoutMs: HANDSHAKE_TIMEOUT_MS, maximumBytes: METADATA_BYTES };
  const call = (path: string): Promise<ServerAnswer> => callServer(server, { method: 'GET', path, signal, ...limits });
  const ask = async (path: string): Promise<unknown> => {
    const { body } = await call(path);
    return body.length === 0 ? undefined : parse(path, body);
  };
  await requireReady(() => call('v2/health/ready'));
  const { extensions } = read(serverMetadata, 'v2', await ask('v2'));
  for (const model of models) {
    const path = `v2/models/${model.contract.network}`;
    requireTensors(model, read(modelMetadata, path, await ask(path)));
  }
  return { isBinary: extensions.includes(BINARY_EXTENSION) };
}

/** Triton says 400 while a network loads, or when one failed to. */
async function requireReady(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!isFault(error) || error.code !== 'inference-failed') throw error;
    throw new Fault('inference-unavailable', 'The inference server is not ready', { cause: error, retryable: true });
  }
}

/** Servers that say nothing about their tensors (MLServer without settings) are left to the golden vectors. */
function requireTensors({ contract, file }: CheckedModel, found: z.output<typeof modelMetadata>): void {
  const { heightPx, widthPx, windows } = contract.recipe;
  const [rows, columns] = contract.camSize;
  const wanted = [
    { name: file.input.name, shape: [windows.length, heightPx, widthPx], among: found.inputs },
    { name: file.outputs.logits.name, shape: [TARGETS.length], among: found.outputs },
    { name: file.outputs.cam.name, shape: [TARGETS.length, rows, columns], among: found.outputs },
  ];
  for (const { name, shape, among } of wanted) {
    if (among.length === 0) continue;
    const served = among.find((each) => each.name === name);
    // The first axis is the batch: -1, or left out.
    const perSlice = served?.shape.slice(-shape.length);
    if (served?.datatype === 'FP32' && perSlice?.join() === shape.join()) continue;
    const what = served ? `${served.datatype} [${served.shape.join()}]` : 'nothing';
    throw new Fault('contract-invalid', `The inference server serves ${what} as ${contract.network} ${name}`);
  }
}

function parse(path: string, body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw new Fault('inference-failed', `The inference server answered no JSON at ${path}`, { cause: error });
  }
}

function read<Shape extends z.ZodType>(schema: Shape, path: string, value: unknown): z.output<Shape> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Fault('inference-failed', `The inference server answered something else at ${path}`, {
    cause: parsed.error,
  });
}
