import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { makeNetworkInput } from '../../src/imaging/tensor/make-network-input.ts';
import { checkGolden } from '../../src/inference/golden-check.ts';
import { encodeRequest, JSON_LENGTH_HEADER } from '../../src/inference/open-inference-codec.ts';
import { createOpenInferenceEngine } from '../../src/inference/open-inference-engine.ts';
import { NO_MLSERVER, startMlServer } from '../support/mlserver/start-mlserver.ts';
import { skip } from '../support/skip.ts';
import {
  makeInput,
  MODELS_DIR,
  openSmallEngine,
  SMALL_ENSEMBLE,
  SMALL_FOLDER,
} from '../unit/inference/engine-fixture.ts';

const run = promisify(execFile);
const python = process.env['MLSERVER_PYTHON'];
const forever = new AbortController().signal;

describe('other software of the Open Inference Protocol', function () {
  this.timeout(120_000);

  it('MLServer: the engine proves it by the golden vectors and gets the probabilities of the in-process engine', async function () {
    if (python === undefined) skip(this, NO_MLSERVER);
    const server = await startMlServer(python, {
      models: { mobilenetv3_small_100: `${MODELS_DIR}/${SMALL_FOLDER}/model.onnx` },
    });
    const local = await openSmallEngine();
    const remote = await createOpenInferenceEngine({
      baseUrl: server.baseUrl,
      modelsDir: MODELS_DIR,
      ensembleFile: SMALL_ENSEMBLE,
      logger: pino({ level: 'silent' }),
      verifyModel: (model, prober) => checkGolden(model, prober, makeNetworkInput),
    });
    await remote.whenUp();
    const network = local.ensemble.networks[0]!;
    const input = makeInput(network, 5);
    const [there, here] = [
      await remote.run(network, input, { signal: forever }),
      await local.run(network, input, { signal: forever }),
    ];
    await Promise.all([remote.close(), local.close(), server.stop()]);
    there.logits.forEach((logit, index) =>
      expect(toProbability(logit)).to.be.closeTo(toProbability(here.logits[index]!), 1e-3),
    );
    expect(there.cams).to.have.length(here.cams.length);
  });

  it('tritonclient: our request carries the same tensor, shape and output list, byte for byte', async function () {
    if (python === undefined) skip(this, NO_MLSERVER);
    const values = Float32Array.from({ length: 12 }, (_, index) => index / 7 - 0.5);
    const { headers, body } = encodeRequest(
      { name: 'pixels', shape: [1, 3, 2, 2], parts: [values] },
      ['logits', 'cam'],
      {
        isBinary: true,
      },
    );
    const script = `
import json, numpy as np, tritonclient.http as t
i = t.InferInput("pixels", [1, 3, 2, 2], "FP32")
i.set_data_from_numpy((np.arange(12, dtype=np.float64) / 7 - 0.5).astype(np.float32).reshape(1, 3, 2, 2), binary_data=True)
o = [t.InferRequestedOutput(n, binary_data=True) for n in ("logits", "cam")]
body, n = t.InferenceServerClient.generate_request_body([i], outputs=o)
print(json.dumps({"json": json.loads(body[:n]), "raw": body[n:].hex()}))`;
    const { stdout } = await run(python, ['-c', script]);
    const reference = JSON.parse(stdout) as { json: unknown; raw: string };
    const jsonLength = Number(headers[JSON_LENGTH_HEADER]);
    expect(JSON.parse(Buffer.from(body.subarray(0, jsonLength)).toString())).to.deep.equal(reference.json);
    expect(Buffer.from(body.subarray(jsonLength)).toString('hex')).to.equal(reference.raw);
  });
});

function toProbability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
