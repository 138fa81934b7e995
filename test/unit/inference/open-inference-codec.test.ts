import { expect } from 'chai';
import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { decodeResponse, encodeRequest, JSON_LENGTH_HEADER } from '../../../src/inference/open-inference-codec.ts';

const floats = fc.float32Array({ noNaN: true, minLength: 1, maxLength: 64 });

/** A response as the specification writes it: JSON part, then the tensors one after the other. */
function writeResponse(tensors: readonly { name: string; shape: number[]; values: Float32Array }[]) {
  const outputs = tensors.map(({ name, shape, values }) => ({
    name,
    shape,
    datatype: 'FP32',
    parameters: { binary_data_size: values.byteLength },
  }));
  const head = Buffer.from(JSON.stringify({ model_name: 'm', outputs }));
  const raw = tensors.map(({ values }) => {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
    return bytes;
  });
  return { body: Buffer.concat([head, ...raw]), jsonLength: String(head.length) };
}

describe('Open Inference Protocol codec', () => {
  it('writes the JSON part first, its length in the header, then little-endian floats (binary tensor extension)', () => {
    fc.assert(
      fc.property(floats, (values) => {
        const tensor = { name: 'pixels', shape: [1, values.length], parts: [values] };
        const { headers, body } = encodeRequest(tensor, ['logits'], { isBinary: true });
        const bytes = Buffer.from(body);
        const jsonLength = Number(headers[JSON_LENGTH_HEADER]);
        expect(JSON.parse(bytes.subarray(0, jsonLength).toString())).to.deep.equal({
          inputs: [
            {
              name: 'pixels',
              shape: [1, values.length],
              datatype: 'FP32',
              parameters: { binary_data_size: values.length * 4 },
            },
          ],
          outputs: [{ name: 'logits', parameters: { binary_data: true } }],
        });
        const raw = bytes.subarray(jsonLength);
        expect(Array.from({ length: raw.length / 4 }, (_, index) => raw.readFloatLE(index * 4))).to.deep.equal([
          ...values,
        ]);
      }),
    );
  });

  it('sends only the part of a larger buffer that it was given', () => {
    const values = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const { headers, body } = encodeRequest({ name: 'p', shape: [2], parts: [values] }, [], { isBinary: true });
    expect(body.length - Number(headers[JSON_LENGTH_HEADER])).to.equal(8);
  });

  it('reads tensors by name, whatever their order and however the JSON part is aligned', () => {
    fc.assert(
      fc.property(floats, floats, fc.string({ maxLength: 9 }), (a, b, other) => {
        const tensors = [
          { name: 'b', shape: [b.length], values: b },
          { name: `extra${other}`, shape: [1], values: new Float32Array(1) },
          { name: 'a', shape: [a.length], values: a },
        ];
        const { body, jsonLength } = writeResponse(tensors);
        const expected = [tensors[2]!, tensors[0]!].map(({ name, shape }) => ({ name, shape }));
        const [first, second] = decodeResponse(body, jsonLength, expected);
        expect([...(first ?? [])]).to.deep.equal([...a]);
        expect([...(second ?? [])]).to.deep.equal([...b]);
      }),
    );
  });

  it('answers any bytes with tensors of the expected size or with inference-failed, never otherwise', () => {
    const { body: good, jsonLength: length } = writeResponse([{ name: 'a', shape: [2], values: new Float32Array(2) }]);
    const spoilt = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(good);
      bytes[at] = byte;
      return bytes;
    });
    const anyBody = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      spoilt,
      fc.nat(good.length).map((end) => good.subarray(0, end)),
    );
    const anyLength = fc.oneof(fc.constant(length), fc.constant(null), fc.string(), fc.integer().map(String));
    fc.assert(
      fc.property(anyBody, anyLength, (body, jsonLength) => {
        try {
          const [a] = decodeResponse(body, jsonLength, [{ name: 'a', shape: [2] }]);
          expect(a).to.have.length(2);
        } catch (error) {
          expect(isFault(error) && error.code).to.equal('inference-failed');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
