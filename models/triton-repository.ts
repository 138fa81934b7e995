/**
 * `node models/triton-repository.ts DIR [--kind gpu|cpu] [--instances 1] [--tensorrt fp32|fp16] [--ensemble FILE]`: lays
 * out the networks of the ensemble as NVIDIA Triton wants them. Weights are symbolic links, so that nothing is copied and
 * the digests stay those of the contracts. Triton wants <network>/config.pbtxt beside <network>/<whole number>/model.onnx;
 * ours is <network>/<semantic version>/: the ensemble's version of each network becomes 1.
 * config.pbtxt is the version's own (names, shapes, dynamic batching, warm-up) and what depends on the node: instances and
 * TensorRT. Field names: triton-inference-server/common protobuf/model_config.proto. Exits 1 when DIR is not empty.
 */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const modelsDir = import.meta.dirname;

const choicesSchema = z.object({
  kind: z.enum(['gpu', 'cpu']).default('gpu'),
  instances: z.coerce.number().int().min(1).max(16).default(1),
  tensorrt: z.enum(['fp32', 'fp16']).optional(),
  ensemble: z.string().default(join(modelsDir, 'ensemble.json')),
});
type Choices = z.output<typeof choicesSchema>;

const ensembleSchema = z.object({ networks: z.array(z.object({ network: z.string(), version: z.string() })) });
async function layOut(target: string, choices: Choices): Promise<number> {
  await mkdir(target, { recursive: true });
  if ((await readdir(target)).length > 0) throw new Error(`${target} is not empty`);
  const { networks } = ensembleSchema.parse(JSON.parse(await readFile(choices.ensemble, 'utf8')));
  for (const { network, version } of networks) {
    const source = join(modelsDir, network, version);
    const folder = join(target, network, '1');
    await mkdir(folder, { recursive: true });
    await symlink(relative(folder, join(source, 'model.onnx')), join(folder, 'model.onnx'));
    const own = await readFile(join(source, 'config.pbtxt'), 'utf8');
    const parts = [own.trimEnd(), instanceGroup(choices), tensorRt(choices)];
    await writeFile(join(target, network, 'config.pbtxt'), `${parts.filter((part) => part !== '').join('\n')}\n`);
  }
  return networks.length;
}

function instanceGroup({ kind, instances }: Choices): string {
  return `instance_group [ { count: ${instances} kind: KIND_${kind.toUpperCase()} } ]`;
}

/** Engines are built at the first start (minutes) and kept in Triton's container under /tmp/trt. */
function tensorRt({ tensorrt }: Choices): string {
  if (tensorrt === undefined) return '';
  const parameters = Object.entries({
    precision_mode: tensorrt.toUpperCase(),
    trt_engine_cache_enable: 'true',
    trt_engine_cache_path: '/tmp/trt',
  }).map(([key, value]) => `parameters { key: "${key}" value: "${value}" }`);
  const accelerator = `{ name: "tensorrt" ${parameters.join(' ')} }`;
  return `optimization { execution_accelerators { gpu_execution_accelerator: [ ${accelerator} ] } }`;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kind: { type: 'string' },
      instances: { type: 'string' },
      tensorrt: { type: 'string' },
      ensemble: { type: 'string' },
    },
  });
  const [target] = positionals;
  if (target === undefined) throw new Error('usage: node models/triton-repository.ts DIR');
  const count = await layOut(target, choicesSchema.parse(values));
  process.stdout.write(`${count} networks laid out in ${target}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
