/**
 * Entry of the worker thread: pixels, codecs and tensors live here, so that neither a slow slice nor a wedged codec
 * ever holds up the service. One task at a time; answers carry the id of their task.
 */
import { parentPort, type Transferable } from 'node:worker_threads';
import { isFault, toFault } from '../../errors.ts';
import { yieldToOrders } from '../../yield-to-orders.ts';
import { CodecFailure } from '../decode/codec-failure.ts';
import { prepareCodec } from '../decode/frame-decoder.ts';
import { readInstanceFacts } from '../decode/instance-facts.ts';
import { parseDicomJson } from '../decode/json-dataset.ts';
import { readFileMeta } from '../decode/part10-reader.ts';
import { findTransferSyntax } from '../decode/transfer-syntaxes.ts';
import { measureVolume } from '../quality/measures.ts';
import { makeNetworkInput } from '../tensor/make-network-input.ts';
import { decodeInstance } from '../volume/decode-instance.ts';
import { settleSlabs } from '../volume/shared-volume.ts';
import { digestVolume } from '../volume/volume-digest.ts';
import type { TaskMap, TaskMessage, TaskName, TaskReply } from './tasks.ts';

type Handlers = {
  [Name in TaskName]: (request: TaskMap[Name]['request']) => TaskMap[Name]['answer'] | Promise<TaskMap[Name]['answer']>;
};

const handlers: Handlers = {
  'parse-metadata': ({ bytes }) => parseDicomJson(bytes).map((dataset) => readInstanceFacts(dataset)),
  'decode-instance': async (request) => {
    await prepareCodec(findTransferSyntax(readFileMeta(request.bytes).transferSyntaxUid)?.codec);
    return decodeInstance(request);
  },
  'finish-volume': ({ volume, weightSums, geometry }) => {
    settleSlabs(volume, weightSums);
    const hu = new Int16Array(volume.hu);
    return { digest: digestVolume(geometry, hu), measures: measureVolume(hu, geometry) };
  },
  'make-input': ({ volume, recipe }) => makeNetworkInput(volume, recipe),
  // dcmjs is loaded by the first result: most workers never write one.
  'write-results': async (request) => (await import('../results/write-results.ts')).writeResults(request),
};

async function answer({ id, name, request }: TaskMessage): Promise<TaskReply> {
  try {
    const handler = handlers[name] as (
      request: unknown,
    ) => TaskMap[TaskName]['answer'] | Promise<TaskMap[TaskName]['answer']>;
    return { id, answer: await handler(request) };
  } catch (error) {
    const { code, message, retryable, details } = isFault(error) ? error : toFault(error, 'codec-failed');
    return {
      id,
      fault: { code, message, retryable, details },
      tainted: error instanceof CodecFailure || !isFault(error),
    };
  }
}

function transferOf(reply: TaskReply): Transferable[] {
  const pixels = 'answer' in reply && 'pixels' in reply.answer ? reply.answer.pixels.buffer : undefined;
  return pixels instanceof ArrayBuffer ? [pixels] : [];
}

yieldToOrders('thread');
parentPort?.on('message', (message: TaskMessage) => {
  void answer(message).then((reply) => parentPort?.postMessage(reply, transferOf(reply)));
});
