/**
 * Requests and answers of the Open Inference Protocol (KServe v2, REST) as bytes. With the binary tensor extension
 * the body is the JSON part followed by the raw little-endian floats; servers without it get and give JSON numbers.
 * Sources: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol and
 * …/binary-tensor-data-extension.
 */
import { z } from 'zod';
import { Fault } from '../errors.ts';

/** Header that tells where the JSON part ends; absent when the whole body is JSON. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';
export const BINARY_EXTENSION = 'binary_tensor_data';

export interface OutgoingTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** One after the other along the first axis; they are put together in the body and nowhere else. */
  readonly parts: readonly Float32Array[];
}

export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface EncodedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

const FLOAT_BYTES = 4;
/** JSON around the numbers: names, shapes, parameters. */
const JSON_OVERHEAD_BYTES = 16_384;
/** A float32 as decimal text with its comma. */
const DECIMAL_BYTES = 26;

export function encodeRequest(
  input: OutgoingTensor,
  outputs: readonly string[],
  options: { readonly isBinary: boolean },
): EncodedRequest {
  const { name, shape, parts } = input;
  if (!options.isBinary) {
    const inputs = [{ name, shape, datatype: 'FP32', data: parts.flatMap((values) => [...values]) }];
    const body = new TextEncoder().encode(JSON.stringify({ inputs, outputs: outputs.map((each) => ({ name: each })) }));
    return { headers: { 'content-type': 'application/json' }, body };
  }
  const size = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const json = new TextEncoder().encode(
    JSON.stringify({
      inputs: [{ name, shape, datatype: 'FP32', parameters: { binary_data_size: size } }],
      outputs: outputs.map((each) => ({ name: each, parameters: { binary_data: true } })),
    }),
  );
  const body = new Uint8Array(json.length + size);
  body.set(json);
  let at = json.length;
  for (const values of parts) {
    body.set(toBytes(values), at);
    at += values.byteLength;
  }
  return {
    headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(json.length) },
    body,
  };
}

const responseSchema = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number().int().nonnegative()),
      datatype: z.string(),
      parameters: z.looseObject({ binary_data_size: z.number().int().nonnegative().optional() }).optional(),
      data: z.array(z.unknown()).optional(),
    }),
  ),
});
type ResponseTensor = z.output<typeof responseSchema>['outputs'][number];

/** Most bytes an honest answer can have; anything longer is not read to its end. */
export function longestAnswer(expected: readonly ExpectedTensor[]): number {
  const floats = expected.reduce((sum, { shape }) => sum + countOf(shape), 0);
  return JSON_OVERHEAD_BYTES + floats * DECIMAL_BYTES;
}

/**
 * @param jsonLength value of the JSON length header, null when there was none
 * @returns the tensors in the order expected
 * Throws Fault `inference-failed` for anything that is not exactly what was asked for.
 */
export function decodeResponse(
  body: Uint8Array,
  jsonLength: string | null,
  expected: readonly ExpectedTensor[],
): readonly Float32Array[] {
  const jsonBytes = jsonLength === null ? body.length : Number(jsonLength);
  if (!Number.isInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.length) throw lies('a wrong JSON length');
  const { outputs } = parseJson(body.subarray(0, jsonBytes));
  const found = new Map<string, Float32Array>();
  let at = jsonBytes;
  for (const output of outputs) {
    const size = output.parameters?.binary_data_size;
    const wanted = expected.find(({ name }) => name === output.name);
    if (wanted) found.set(output.name, readTensor(output, wanted, body.subarray(at, at + (size ?? 0))));
    at += size ?? 0;
  }
  if (at !== body.length) throw lies('a body of another length than announced');
  return expected.map(({ name }) => found.get(name) ?? fail(`no output ${name}`));
}

function readTensor(output: ResponseTensor, wanted: ExpectedTensor, raw: Uint8Array): Float32Array {
  const { name, shape, datatype, data, parameters } = output;
  if (datatype !== 'FP32') throw lies(`${name} as ${datatype} instead of FP32`);
  if (shape.join() !== wanted.shape.join())
    throw lies(`${name} of shape [${shape.join()}] instead of [${wanted.shape.join()}]`);
  const count = countOf(wanted.shape);
  if (parameters?.binary_data_size !== undefined) {
    if (raw.length !== count * FLOAT_BYTES) throw lies(`${name} cut short`);
    return fromBytes(raw);
  }
  const flat = (data ?? []).flat(Infinity);
  if (flat.length !== count || !flat.every((value) => typeof value === 'number'))
    throw lies(`${name} without its numbers`);
  return Float32Array.from(flat);
}

function parseJson(bytes: Uint8Array): z.output<typeof responseSchema> {
  try {
    return responseSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    throw new Fault('inference-failed', 'The inference server answered something else than an inference response', {
      cause: error,
    });
  }
}

/** A view in little-endian order on every machine that Node runs on. */
function toBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Copied, because the floats may start at an odd address behind the JSON part; Buffer.slice would not copy. */
function fromBytes(raw: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(raw).buffer);
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function lies(what: string): Fault {
  return new Fault('inference-failed', `The inference server answered with ${what}`);
}

function fail(what: string): never {
  throw lies(what);
}
