/**
 * ONNX Runtime's optimised form of a network, kept on disk per machine: weights already in fp32 and in the layout of
 * this CPU, in a file of their own that is mapped into memory instead of read (load 6x cheaper, a quarter of the
 * private memory, shared between replicas on one host; docs/adr/0074). It is a cache: made from the checked model
 * where missing, and proven at each load by the answer to a fixed input, which touches every weight. Whatever is
 * wrong with it, the model itself is loaded instead.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';

export interface SessionMaker {
  /** @param extra session options beside the usual ones */
  create(file: string, extra: InferenceSession.SessionOptions): Promise<InferenceSession>;
  /** The logits of a fixed input. */
  answer(session: InferenceSession): Promise<Float32Array>;
}

/** Largest difference of a logit, relative where it is above 1, between model and optimised form; measured: 0. */
const TOLERANCE = 1e-4;
const MODEL_FILE = 'model.onnx';
const WEIGHTS_FILE = 'weights.bin';
const PROOF_FILE = 'proof.json';

/** A warm session from the cache, made first where it is missing; undefined when the cache is of no use. */
export async function openOptimized(
  options: { readonly cacheDir: string; readonly modelFile: string; readonly digest: string },
  maker: SessionMaker,
): Promise<InferenceSession | undefined> {
  const folder = join(options.cacheDir, nameOf(options.digest));
  const cached = await loadProven(folder, maker);
  if (cached) return cached;
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  await make(folder, options.modelFile, maker);
  return loadProven(folder, maker);
}

/** The optimised form depends on the weights, the version of ONNX Runtime and the instructions of the CPU. */
function nameOf(digest: string): string {
  const machine = [env.versions.node ?? '', process.arch, cpus()[0]?.model ?? ''];
  return createHash('sha256')
    .update([digest, ...machine].join('\n'))
    .digest('hex')
    .slice(0, 32);
}

async function loadProven(folder: string, maker: SessionMaker): Promise<InferenceSession | undefined> {
  let session: InferenceSession | undefined;
  try {
    const proof = JSON.parse(await readFile(join(folder, PROOF_FILE), 'utf8')) as { logits: number[] };
    session = await maker.create(join(folder, MODEL_FILE), {});
    const logits = await maker.answer(session);
    if (proof.logits.length === logits.length && isClose(logits, proof.logits)) return session;
  } catch {
    // Missing, cut short or of another format: made again.
  }
  await session?.release();
  return undefined;
}

/** Written beside its place and moved there whole, so that a crash or a second replica leaves no half of it. */
async function make(folder: string, modelFile: string, maker: SessionMaker): Promise<void> {
  const draft = `${folder}.${String(process.pid)}`;
  try {
    await mkdir(draft, { recursive: true });
    const original = await maker.create(modelFile, {
      optimizedModelFilePath: join(draft, MODEL_FILE),
      extra: { session: { optimized_model_external_initializers_file_name: WEIGHTS_FILE } },
    });
    const logits = [...(await maker.answer(original))];
    await original.release();
    await writeFile(join(draft, PROOF_FILE), JSON.stringify({ logits }));
    await rename(draft, folder);
  } catch {
    // No place to write, or another replica was first: what stands there is tried, then the model itself.
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isClose(logits: Float32Array, expected: readonly number[]): boolean {
  return logits.every((value, index) => {
    const wanted = expected[index] ?? NaN;
    return Math.abs(value - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted));
  });
}
