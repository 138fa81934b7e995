/**
 * A small real server of the Open Inference Protocol (KServe v2, REST, binary tensors) on a free loopback port, with
 * a NetworkEngine behind it. Faults are switched on per request. It reads and writes the protocol by itself, not
 * with the service's codec, so that a misreading on our side shows.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NetworkAnswer, NetworkEngine } from '../../src/assessment/domain/ports.ts';

export type ServerFault =
  | 'unavailable'
  | 'retry-later'
  | 'network-gone'
  | 'internal-error'
  | 'unexplained-error'
  | 'out-of-memory'
  | 'never-answers'
  | 'cuts-connection'
  | 'garbage'
  | 'wrong-shape'
  | 'wrong-type'
  | 'short-body'
  | 'endless-body'
  | 'not-a-number'
  | 'other-weights';

export interface OpenInferenceServer {
  readonly baseUrl: string;
  /** Batch sizes of the infer requests that arrived. */
  readonly batches: number[];
  readonly requestHeaders: IncomingMessage['headers'][];
  /** Fault of the next infer requests, one entry each; empty: all is well. */
  faults: (ServerFault | undefined)[];
  /** Fault of every infer request until unset. */
  constantFault: ServerFault | undefined;
  /** Batches larger than this are answered with out of memory. */
  memoryForSlices: number;
  isReady: boolean;
  /** Server metadata: without the binary extension it takes and gives JSON only. */
  hasBinaryExtension: boolean;
  /** Shape reported for the input of every model instead of the true one. */
  reportedInputShape: number[] | undefined;
  /** Stops listening and cuts every connection; `start` brings it back on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const JSON_LENGTH = 'inference-header-content-length';

export async function startOpenInferenceServer(engine: NetworkEngine): Promise<OpenInferenceServer> {
  let http: Server | undefined;
  let port = 0;
  const state: OpenInferenceServer = {
    get baseUrl() {
      return `http://127.0.0.1:${String(port)}`;
    },
    batches: [],
    requestHeaders: [],
    faults: [],
    constantFault: undefined,
    memoryForSlices: Infinity,
    isReady: true,
    hasBinaryExtension: true,
    reportedInputShape: undefined,
    stop: async () => {
      http?.closeAllConnections();
      await new Promise((resolve) => http?.close(resolve));
    },
    start: async () => {
      http = createServer((request, response) => {
        answer(state, engine, request, response).catch((error: unknown) => {
          response.writeHead(500).end(String(error));
        });
      });
      await new Promise<void>((resolve) => http?.listen(port, '127.0.0.1', resolve));
      port = (http.address() as AddressInfo).port;
    },
  };
  await state.start();
  return state;
}

async function answer(
  state: OpenInferenceServer,
  engine: NetworkEngine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? '';
  const json = (value: unknown): unknown =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  if (path === '/v2/health/ready') return void response.writeHead(state.isReady ? 200 : 400).end();
  if (path === '/v2')
    return void json({
      name: 'test',
      version: '1',
      extensions: state.hasBinaryExtension ? ['binary_tensor_data'] : [],
    });
  const named = /^\/v2\/models\/([a-z0-9_]+)(\/infer)?$/.exec(path);
  const network = engine.ensemble.networks.find((each) => each.network === named?.[1]);
  if (!named || !network) return void response.writeHead(404).end('{"error":"unknown model"}');
  const { heightPx, widthPx } = network.recipe;
  if (named[2] === undefined) {
    const inputs = [
      { name: 'pixels', datatype: 'FP32', shape: state.reportedInputShape ?? [-1, 3, heightPx, widthPx] },
    ];
    const outputs = [
      { name: 'logits', datatype: 'FP32', shape: [-1, 3] },
      { name: 'cam', datatype: 'FP32', shape: [-1, 3, ...network.camSize] },
    ];
    return void json({ name: network.network, platform: 'test', inputs, outputs });
  }
  const body = await readAll(request);
  const fault = state.constantFault ?? state.faults.shift();
  state.requestHeaders.push(request.headers);
  const { shape, pixels } = readRequest(body, request.headers[JSON_LENGTH]);
  state.batches.push(shape[0] ?? 0);
  const isTooLarge = (shape[0] ?? 0) > state.memoryForSlices;
  if (answerWithFault(isTooLarge ? 'out-of-memory' : fault, response)) return;
  const sliceIndexes = Array.from({ length: shape[0] ?? 0 }, (_, index) => index);
  const input = { pixels, sliceIndexes, crop: [0, 0, heightPx] as const };
  const result = await engine.run(network, input, { signal: AbortSignal.timeout(60_000) });
  writeAnswer(response, result, [shape[0] ?? 0, ...network.camSize], { isBinary: state.hasBinaryExtension, fault });
}

/** @returns whether the fault has taken care of the answer */
function answerWithFault(fault: ServerFault | undefined, response: ServerResponse): boolean {
  switch (fault) {
    case 'unavailable':
      response.writeHead(503).end('{"error":"busy"}');
      return true;
    case 'retry-later':
      response.writeHead(429, { 'retry-after': '1' }).end('{"error":"queue full"}');
      return true;
    case 'network-gone':
      response.writeHead(404).end(`{"error":"Request for unknown model: 'test' has no available versions"}`);
      return true;
    case 'internal-error':
      response.writeHead(500).end('{"error":"assertion failed"}');
      return true;
    case 'unexplained-error':
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error');
      return true;
    case 'out-of-memory':
      response.writeHead(500).end('{"error":"onnx runtime error 6: CUDA failure 2: out of memory"}');
      return true;
    case 'cuts-connection':
      response.destroy();
      return true;
    case 'garbage':
      response.end('<html>It works!</html>');
      return true;
    case 'never-answers':
      return true;
    case 'endless-body':
      endless(response);
      return true;
    default:
      return false;
  }
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(1 << 20);
  const more = (): void => {
    if (response.destroyed) return;
    if (response.write(chunk)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}

function readRequest(body: Buffer, jsonLength: string | string[] | undefined) {
  const isBinary = typeof jsonLength === 'string';
  const head = isBinary ? body.subarray(0, Number(jsonLength)) : body;
  const { inputs } = JSON.parse(head.toString()) as {
    inputs: {
      name: string;
      shape: number[];
      datatype: string;
      data?: number[];
      parameters?: { binary_data_size: number };
    }[];
  };
  const [input] = inputs;
  if (input?.name !== 'pixels' || input.datatype !== 'FP32') throw new Error('bad input');
  const raw = body.subarray(head.length);
  if (isBinary && raw.length !== input.parameters?.binary_data_size) throw new Error('bad size');
  const pixels = isBinary
    ? Float32Array.from({ length: raw.length / 4 }, (_, index) => raw.readFloatLE(index * 4))
    : Float32Array.from(input.data ?? []);
  return { shape: input.shape, pixels };
}

function writeAnswer(
  response: ServerResponse,
  answer: NetworkAnswer,
  [slices = 0, rows = 0, columns = 0]: number[],
  { isBinary, fault }: { isBinary: boolean; fault: ServerFault | undefined },
): void {
  const logits = answer.logits.map((value) =>
    fault === 'not-a-number' ? NaN : fault === 'other-weights' ? value + 1 : value,
  );
  const tensors = [
    { name: 'cam', shape: [slices, 3, rows, columns], values: answer.cams },
    { name: 'logits', shape: [fault === 'wrong-shape' ? slices + 1 : slices, 3], values: logits },
  ];
  const datatype = fault === 'wrong-type' ? 'FP64' : 'FP32';
  const outputs = tensors.map(({ name, shape, values }) =>
    isBinary
      ? { name, shape, datatype, parameters: { binary_data_size: values.byteLength } }
      : { name, shape, datatype, data: [...values] },
  );
  const head = Buffer.from(JSON.stringify({ model_name: 'test', model_version: '1', outputs }));
  if (!isBinary) return void response.end(head);
  const raw = Buffer.concat(
    tensors.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  );
  response.setHeader('content-type', 'application/octet-stream').setHeader(JSON_LENGTH, String(head.length));
  response.end(Buffer.concat([head, fault === 'short-body' ? raw.subarray(0, raw.length - 4) : raw]));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
