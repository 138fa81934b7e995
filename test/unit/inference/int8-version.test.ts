import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copySmallModel, editContract, openSmallEngine, SMALL_FOLDER } from './engine-fixture.ts';

/** One QDQ convolution: 8-bit activations (1/64, zero 128), 8-bit weights (1, -2, 3 times 1/1024) over 32 x 32 patches. */
const INT8_MODEL = 'test/fixtures/models/int8-convolution.onnx';

describe('inference of an int8 version', function () {
  this.timeout(60_000);

  it('runs by contract: storage int8, the digest of the int8 file, quantized arithmetic', async () => {
    const copy = await copySmallModel();
    await copyFile(INT8_MODEL, join(copy.modelsDir, SMALL_FOLDER, 'model.onnx'));
    const bytes = await readFile(INT8_MODEL);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await editContract(copy.modelsDir, (contract) => {
      contract['model'] = { ...(contract['model'] as object), sha256, bytes: bytes.length, storage: 'int8' };
    });
    const engine = await openSmallEngine({ modelsDir: copy.modelsDir });
    const network = engine.ensemble.networks[0]!;
    // 0.33 lies between two steps of 1/64 and 9 beyond the last (127/64): both show that activations are 8 bits.
    const perSlice = 3 * 224 * 224;
    const pixels = new Float32Array(2 * perSlice).fill(0.33, 0, perSlice).fill(9, perSlice);
    const answer = await engine.run(
      network,
      { pixels, sliceIndexes: [0, 1], crop: [0, 0, 224] },
      { signal: AbortSignal.timeout(30_000) },
    );
    await engine.close();
    await copy.remove();
    const expected = [21 / 64, 127 / 64].flatMap((x) => [1, -2, 3].map((weight) => (weight / 1024) * 3 * 32 * 32 * x));
    expect(network.digest).to.equal(sha256);
    expected.forEach((value, index) => expect(answer.logits[index]).to.be.closeTo(value, 1e-4));
    expect(answer.cams).to.have.length(2 * 3 * 49);
  });
});
