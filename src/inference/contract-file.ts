/**
 * contract.json as it stands on disk: held to models/contract.schema.json, then to what a schema cannot say
 * (order of the targets, lengths that must agree). Throws Fault `contract-invalid` naming file and place.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv';
import type { EvidenceLevel } from '../assessment/domain/evidence-level.ts';
import type {
  Calibration,
  NetworkContract,
  Pooling,
  TensorRecipe,
  ValidationScores,
} from '../assessment/domain/model-contract.ts';
import { TARGETS } from '../assessment/domain/target.ts';
import type { Target } from '../assessment/domain/target.ts';
import { Fault } from '../errors.ts';

/** The parts of contract.json that this room reads; the schema guarantees them. */
export interface ContractFile {
  readonly network: string;
  readonly displayName: string;
  readonly version: string;
  readonly model: { readonly file: string; readonly sha256: string; readonly storage: 'fp32' | 'fp16' | 'int8' };
  readonly input: TensorRecipe & { readonly name: string };
  readonly outputs: {
    readonly logits: { readonly name: string };
    readonly cam: { readonly name: string; readonly rows: number; readonly columns: number };
  };
  readonly pooling: Pooling;
  readonly targets: readonly {
    readonly target: Target;
    readonly evidenceLevel: EvidenceLevel;
    readonly calibration: Calibration & { readonly data?: string };
    readonly threshold: { readonly probability: number; readonly rule: string };
    readonly abstentionBand: { readonly lower: number; readonly upper: number };
    readonly scores?: ValidationScores;
  }[];
  readonly golden: {
    readonly file: string;
    /** `camShare`: of the largest value of a map; absent in versions that were made before int8 had its own. */
    readonly tolerance: { readonly tensor: number; readonly logits: number; readonly camShare?: number };
  };
}

export interface ReadContract {
  readonly contract: ContractFile;
  /** SHA-256 (hex) of the file's bytes. */
  readonly sha256: string;
}

const SCHEMA_FILE = new URL('../../models/contract.schema.json', import.meta.url);
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats: { date: /^\d{4}-\d\d-\d\d$/ } });
const validate = ajv.compile<ContractFile>(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as object);

/** @param expected what ensemble.json asked for; the file must be that network and version */
export async function readContract(
  file: string,
  expected: { readonly network: string; readonly version: string },
): Promise<ReadContract> {
  const bytes = await readBytes(file);
  const contract: unknown = parse(file, bytes);
  if (!validate(contract)) throw invalid(file, describe(validate.errors ?? []));
  if (contract.network !== expected.network || contract.version !== expected.version) {
    throw invalid(file, `is ${contract.network} ${contract.version}, not ${expected.network} ${expected.version}`);
  }
  const problem = findContradiction(contract);
  if (problem !== undefined) throw invalid(file, problem);
  return { contract, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The contract as the other rooms know it. */
export function toNetworkContract({ contract }: ReadContract): NetworkContract {
  const { heightPx, widthPx, crop, slices, windows, resize, mean, std } = contract.input;
  return {
    network: contract.network,
    displayName: contract.displayName,
    version: contract.version,
    digest: contract.model.sha256,
    recipe: { heightPx, widthPx, crop, slices, windows, resize, mean, std },
    pooling: contract.pooling,
    camSize: [contract.outputs.cam.rows, contract.outputs.cam.columns],
    targets: contract.targets.map(({ target, evidenceLevel, calibration, threshold, abstentionBand, scores }) => ({
      target,
      evidenceLevel,
      calibration,
      threshold,
      abstentionBand,
      ...(scores && { scores }),
    })),
  };
}

function findContradiction({ targets, input }: ContractFile): string | undefined {
  const order = targets.map(({ target }) => target).join(', ');
  if (order !== TARGETS.join(', ')) return `targets are ${order}; the outputs are ${TARGETS.join(', ')}`;
  const channels = input.windows.length;
  if (input.mean.length !== channels || input.std.length !== channels) {
    return `${channels} windows, but ${input.mean.length} means and ${input.std.length} standard deviations`;
  }
  for (const { target, calibration, abstentionBand, scores } of targets) {
    if (abstentionBand.lower > abstentionBand.upper) return `${target}: the abstention band ends before it begins`;
    if (scores && scores.probabilities.length !== scores.truth.length) {
      return `${target}: ${scores.probabilities.length} scores, but the truth of ${scores.truth.length} cases`;
    }
    if (scores?.cases && scores.cases.folds.length !== scores.truth.length) {
      return `${target}: ${scores.truth.length} scores, but the folds of ${scores.cases.folds.length} cases`;
    }
    if (calibration.method !== 'isotonic') continue;
    const { logits, probabilities } = calibration;
    if (logits.length !== probabilities.length) return `${target}: isotonic tables of different length`;
    if (!isAscending(logits) || !isAscending(probabilities)) return `${target}: isotonic tables do not ascend`;
  }
  return undefined;
}

function isAscending(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= (values[index - 1] ?? value));
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Fault('contract-invalid', `${file} cannot be read`, { cause: error });
  }
}

function parse(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Fault('contract-invalid', `${file} is not JSON`, { cause: error });
  }
}

function describe(errors: readonly ErrorObject[]): string {
  const lines = errors.map((error) => `${error.instancePath || '/'} ${error.message ?? error.keyword}`);
  return lines.slice(0, 5).join('; ');
}

function invalid(file: string, problem: string): Fault {
  return new Fault('contract-invalid', `${file}: ${problem}`);
}
