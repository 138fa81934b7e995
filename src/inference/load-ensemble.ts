/**
 * Which networks run together: ensemble.json, every contract it names and the digest of every ONNX file. Nothing
 * runs that does not match its contract: a wrong digest is Fault `model-digest-mismatch`, everything else wrong
 * `contract-invalid`.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { EnsembleContract, NetworkContract } from '../assessment/domain/model-contract.ts';
import { Fault } from '../errors.ts';
import { readContract, toNetworkContract } from './contract-file.ts';
import type { ContractFile } from './contract-file.ts';

/** A network that was checked and may be loaded. */
export interface CheckedModel {
  readonly contract: NetworkContract;
  readonly file: ContractFile;
  /** Folder of the contract, models/<network>/<version>. */
  readonly folder: string;
  readonly modelFile: string;
}

export interface LoadedEnsemble {
  readonly ensemble: EnsembleContract;
  readonly models: readonly CheckedModel[];
}

const semanticVersion = z.string().regex(/^\d+\.\d+\.\d+$/);
const ensembleFile = z.strictObject({
  id: z.string().min(1),
  version: semanticVersion,
  networks: z.array(z.strictObject({ network: z.string().regex(/^[a-z0-9_]+$/), version: semanticVersion })).min(1),
  combination: z.strictObject({ rule: z.literal('mean-logit'), maximumDisagreement: z.number().min(0).max(1) }),
});

/** @param modelsDir holds <network>/<version>/{contract.json, model.onnx} */
export async function loadEnsemble(options: {
  readonly modelsDir: string;
  readonly ensembleFile: string;
}): Promise<LoadedEnsemble> {
  const { id, version, networks, combination } = await readEnsemble(options.ensembleFile);
  const models: CheckedModel[] = [];
  const digests: object[] = [];
  for (const named of networks) {
    const folder = join(options.modelsDir, named.network, named.version);
    const read = await readContract(join(folder, 'contract.json'), named);
    const modelFile = join(folder, read.contract.model.file);
    await requireDigest(modelFile, read.contract.model.sha256);
    models.push({ contract: toNetworkContract(read), file: read.contract, folder, modelFile });
    digests.push({ ...named, model: read.contract.model.sha256, contract: read.sha256 });
  }
  const digest = createHash('sha256').update(JSON.stringify({ id, version, combination, networks: digests }));
  return {
    ensemble: {
      id,
      version,
      digest: digest.digest('hex'),
      networks: models.map((model) => model.contract),
      combination,
    },
    models,
  };
}

async function readEnsemble(file: string): Promise<z.output<typeof ensembleFile>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Fault('contract-invalid', `${file} cannot be read as JSON`, { cause: error });
  }
  const parsed = ensembleFile.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new Fault('contract-invalid', `${file}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}

async function requireDigest(file: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    throw new Fault('contract-invalid', `${file} cannot be read`, { cause: error });
  }
  const found = hash.digest('hex');
  if (found === expected) return;
  throw new Fault(
    'model-digest-mismatch',
    `${file} is ${found.slice(0, 12)}…, its contract says ${expected.slice(0, 12)}…`,
  );
}
