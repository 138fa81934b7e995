import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skip } from '../support/skip.ts';

const run = promisify(execFile);
const python = process.env['MLSERVER_PYTHON'];
const NONE = 'no Triton schema: set MLSERVER_PYTHON to a Python with tritonclient[grpc]';

interface TritonConfig {
  readonly name: string;
  readonly backend: string;
  readonly maxBatchSize: number;
  readonly input: readonly { readonly name: string; readonly dataType: string; readonly dims: readonly string[] }[];
  readonly output: readonly { readonly name: string; readonly dims: readonly string[] }[];
  readonly instanceGroup: readonly { readonly count: number; readonly kind: string }[];
  readonly modelWarmup: readonly { readonly batchSize: number; readonly inputs: Record<string, { dims: string[] }> }[];
  readonly dynamicBatching: { readonly preferredBatchSize: readonly number[] };
  readonly optimization?: { readonly executionAccelerators: { gpuExecutionAccelerator: { parameters: object }[] } };
}

/** NVIDIA's own schema of config.pbtxt, as tritonclient carries it. */
const READER = `
import sys
from google.protobuf import json_format, text_format
from tritonclient.grpc import model_config_pb2
config = text_format.Parse(open(sys.argv[1]).read(), model_config_pb2.ModelConfig())
print(json_format.MessageToJson(config))`;

describe('models/triton-repository', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'triton-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const layOut = (...words: string[]) => run(process.execPath, ['models/triton-repository.ts', folder, ...words]);
  const ensemble = JSON.parse(readFileSync('models/ensemble.json', 'utf8')) as {
    networks: { network: string; version: string }[];
  };

  it('holds the versions of the ensemble, under a whole number, with the very bytes of the contracts', async () => {
    await layOut();
    expect(readdirSync(folder).sort()).to.deep.equal(ensemble.networks.map(({ network }) => network).sort());
    for (const { network, version } of ensemble.networks) {
      expect(readdirSync(join(folder, network)).sort()).to.deep.equal(['1', 'config.pbtxt']);
      const bytes = readFileSync(join(folder, network, '1', 'model.onnx'));
      const contract = readFileSync(join('models', network, version, 'contract.json'), 'utf8');
      expect(contract).to.contain(createHash('sha256').update(bytes).digest('hex'));
    }
  });

  it('refuses a folder that holds something', async () => {
    await layOut();
    const outcome = await layOut().catch((error: unknown) => error);
    expect(outcome).to.have.property('code', 1);
  });

  it("is valid by Triton's schema; names, shapes, instances, warm-up and TensorRT as asked for", async function () {
    if (python === undefined) skip(this, NONE);
    await layOut('--instances', '2', '--tensorrt', 'fp16');
    for (const { network, version } of ensemble.networks) {
      const { stdout } = await run(python, ['-c', READER, join(folder, network, 'config.pbtxt')]);
      const config = JSON.parse(stdout) as TritonConfig;
      const { input, outputs } = JSON.parse(
        readFileSync(join('models', network, version, 'contract.json'), 'utf8'),
      ) as { input: { heightPx: number; widthPx: number }; outputs: { cam: { rows: number; columns: number } } };
      const pixels = [3, input.heightPx, input.widthPx].map(String);
      expect(config).to.include({ name: network, backend: 'onnxruntime', maxBatchSize: 64 });
      expect(config.input).to.deep.equal([{ name: 'pixels', dataType: 'TYPE_FP32', dims: pixels }]);
      expect(config.output.map(({ name, dims }) => [name, ...dims])).to.deep.equal([
        ['logits', '3'],
        ['cam', '3', String(outputs.cam.rows), String(outputs.cam.columns)],
      ]);
      expect(config.instanceGroup).to.deep.equal([{ count: 2, kind: 'KIND_GPU' }]);
      expect(config.modelWarmup.map(({ batchSize }) => batchSize)).to.deep.equal([1, 16]);
      expect(config.modelWarmup[0]!.inputs['pixels']!.dims).to.deep.equal(pixels);
      expect(config.dynamicBatching.preferredBatchSize).to.not.be.empty;
      const accelerator = config.optimization!.executionAccelerators.gpuExecutionAccelerator[0]!;
      expect(accelerator.parameters).to.include({ precision_mode: 'FP16' });
    }
  });
});
