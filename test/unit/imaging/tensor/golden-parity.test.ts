import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { z } from 'zod';
import type { TensorRecipe } from '../../../../src/assessment/domain/model-contract.ts';
import { makeNetworkInput } from '../../../../src/imaging/tensor/make-network-input.ts';
import { skip } from '../../../support/skip.ts';

const golden = z.object({
  tolerance: z.object({ tensor: z.number() }),
  cases: z.array(
    z.object({
      volume: z.object({ file: z.string(), shape: z.tuple([z.number(), z.number(), z.number()]), sha256: z.string() }),
      square: z.object({ top: z.number(), left: z.number(), side: z.number() }),
      sliceIndexes: z.array(z.number()),
      tensor: z.object({
        shape: z.array(z.number()),
        samples: z.array(z.tuple([z.number(), z.number()])),
        channelMeans: z.array(z.array(z.number())),
      }),
    }),
  ),
});

const files = globSync('models/*/*/golden/golden.json').sort();

/** models/README.md, "Golden vectors": written by the Python package, reproduced here. */
describe('imaging/tensor golden parity with the Python package', () => {
  it('has golden vectors to be held to', function () {
    if (files.length === 0) skip(this, 'no model has golden vectors yet');
    expect(files.length).to.be.greaterThan(0);
  });

  for (const file of files) {
    const directory = dirname(dirname(file));
    const { cases, tolerance } = golden.parse(JSON.parse(readFileSync(file, 'utf8')));
    const contract = JSON.parse(readFileSync(join(directory, 'contract.json'), 'utf8')) as { input: TensorRecipe };
    for (const { volume, square, sliceIndexes, tensor } of cases) {
      it(`${directory}, ${volume.file}: max difference <= ${String(tolerance.tensor)}`, () => {
        const raw = gunzipSync(readFileSync(join(dirname(file), volume.file)));
        expect(createHash('sha256').update(raw).digest('hex')).to.equal(volume.sha256);
        const [sliceCount, rows, columns] = volume.shape;
        const hu = new Int16Array(new Uint8Array(raw).buffer);
        const input = makeNetworkInput({ hu, rows, columns, sliceCount }, contract.input);
        if ('kind' in input) throw new Error(input.detail);
        expect(input.crop).to.deep.equal([square.top, square.left, square.side]);
        expect(input.sliceIndexes).to.deep.equal(sliceIndexes);
        expect(input.pixels.length).to.equal(tensor.shape.reduce((product, size) => product * size, 1));
        const worst = Math.max(
          ...tensor.samples.map(([index, value]) => Math.abs((input.pixels[index] ?? NaN) - value)),
        );
        expect(worst).to.be.at.most(tolerance.tensor);
        const area = contract.input.heightPx * contract.input.widthPx;
        for (const [slice, means] of tensor.channelMeans.entries()) {
          for (const [channel, mean] of means.entries()) {
            const start = (slice * means.length + channel) * area;
            const sum = input.pixels.subarray(start, start + area).reduce((total, value) => total + value, 0);
            expect(sum / area).to.be.closeTo(mean, tolerance.tensor);
          }
        }
      });
    }
  }
});
