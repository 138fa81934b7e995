import { expect } from 'chai';
import fc from 'fast-check';
import { isFault } from '../../../../src/errors.ts';
import { decodeFrame, prepareCodec } from '../../../../src/imaging/decode/frame-decoder.ts';
import { decodeJpegLossless } from '../../../../src/imaging/decode/jpeg-lossless.ts';
import type { PixelLayout } from '../../../../src/imaging/decode/pixel-layout.ts';
import { findTransferSyntax, type TransferSyntax } from '../../../../src/imaging/decode/transfer-syntaxes.ts';
import { encodeFrame, noisyDisc, type Encoder } from '../../../support/imaging-files.ts';

const [ROWS, COLUMNS] = [48, 40];
const layout: PixelLayout = {
  rows: ROWS,
  columns: COLUMNS,
  frameCount: 1,
  bitsStored: 16,
  highBit: 15,
  signed: false,
  padding: undefined,
};
const pixels = noisyDisc(ROWS, COLUMNS);
const size = [ROWS, COLUMNS] as const;

function syntaxOf(uid: string): TransferSyntax {
  const found = findTransferSyntax(`1.2.840.10008.1.2.${uid}`);
  if (!found) throw new Error(`unknown syntax ${uid}`);
  return found;
}

const LOSSLESS: readonly (readonly [
  name: string,
  uid: string,
  encoder: Encoder,
  parameters?: Record<string, unknown>,
])[] = [
  ['RLE', '5', 'rle'],
  ['JPEG lossless SV1 (.70)', '4.70', 'jpeg'],
  ...[1, 2, 3, 4, 5, 6, 7].map(
    (predictor) => [`JPEG lossless (.57), predictor ${String(predictor)}`, '4.57', 'jpeg', { predictor }] as const,
  ),
  ['JPEG-LS (.80)', '4.80', 'jpeg-ls'],
  ['JPEG 2000 (.90)', '4.90', 'jpeg-2000'],
  ['HTJ2K (.201)', '4.201', 'htj2k'],
];

describe('imaging/decode/frame-decoder', () => {
  before(async () => {
    await prepareCodec('jpeg-ls');
    await prepareCodec('jpeg-2000');
  });

  for (const [name, uid, encoder, parameters] of LOSSLESS) {
    it(`is bit-exact: ${name}`, async () => {
      const encoded = await encodeFrame(pixels, size, encoder, parameters);
      expect(decodeFrame(encoded, syntaxOf(uid), layout)).to.deep.equal(pixels);
    });

    it(`names a stream cut in the middle: ${name}`, async () => {
      const encoded = await encodeFrame(pixels, size, encoder, parameters);
      const cut = encoded.subarray(0, Math.floor(encoded.length * 0.6));
      expect(() => decodeFrame(cut, syntaxOf(uid), layout))
        .to.throw()
        .with.property('code', 'pixels-corrupt');
    });
  }

  for (const [name, uid, encoder] of LOSSLESS.filter(([, , encoder]) => encoder === 'jpeg' || encoder.includes('2'))) {
    it(`sees bytes missing in the middle although the end marker is there: ${name}`, async () => {
      const encoded = await encodeFrame(pixels, size, encoder);
      const half = Math.floor(encoded.length / 2);
      const holed = Buffer.concat([encoded.subarray(0, half - 40), encoded.subarray(encoded.length - 2)]);
      expect(() => decodeFrame(holed, syntaxOf(uid), layout))
        .to.throw()
        .with.property('code', 'pixels-corrupt');
    });
  }

  it('accepts near-lossless JPEG-LS (.81) within its error', async () => {
    const encoded = await encodeFrame(pixels, size, 'jpeg-ls', { lossy: true, allowedLossyError: 3 });
    const decoded = decodeFrame(encoded, syntaxOf('4.81'), layout);
    const worst = Math.max(...decoded.map((value, index) => Math.abs(value - pixels[index]!)));
    expect(worst).to.be.within(0, 3);
  });

  it('takes one padding byte after the end marker, 00 or FF', async () => {
    const encoded = await encodeFrame(pixels, size, 'jpeg-ls');
    for (const padding of [0x00, 0xff]) {
      const padded = Buffer.concat([encoded, Uint8Array.of(padding)]);
      expect(decodeFrame(padded, syntaxOf('4.80'), layout)).to.deep.equal(pixels);
    }
  });

  it('refuses a stream whose own size is not Rows x Columns before decoding it', async () => {
    for (const [encoder, uid] of [
      ['jpeg', '4.70'],
      ['jpeg-ls', '4.80'],
      ['jpeg-2000', '4.90'],
    ] as const) {
      const encoded = await encodeFrame(pixels, size, encoder);
      const other = { ...layout, rows: ROWS + 1 };
      expect(() => decodeFrame(encoded, syntaxOf(uid), other), uid).to.throw('other dimensions');
    }
  });

  it('property: JPEG lossless gives back any image', async () => {
    const image = fc.tuple(
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 2, max: 20 }),
      fc.integer({ min: 1, max: 7 }),
    );
    await fc.assert(
      fc.asyncProperty(image, fc.infiniteStream(fc.nat(65535)), async ([rows, columns, predictor], values) => {
        const source = Uint16Array.from({ length: rows * columns }, () => values.next().value as number);
        const encoded = await encodeFrame(source, [rows, columns], 'jpeg', { predictor });
        expect(decodeJpegLossless(encoded)).to.deep.equal(source);
      }),
      { numRuns: 60 },
    );
  });

  it('property: JPEG lossless with damaged bytes is an image or a Fault', async () => {
    const encoded = await encodeFrame(pixels, size, 'jpeg');
    const damage = fc.array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(damage, (hits) => {
        const damaged = encoded.slice();
        for (const [at, value] of hits) damaged[at] = value;
        try {
          decodeFrame(damaged, syntaxOf('4.70'), layout);
        } catch (error) {
          expect(isFault(error), String(error)).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
