/**
 * A thread of the inference process that takes pixels off their pipe while a network computes: a run blocks the process's
 * own thread for its whole length, and the next batch must not wait for that. Ends when the service closes the pipe.
 */
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { PIXELS_FD, PIXELS_HEAD_BYTES } from './onnx-process-protocol.ts';

for (let head = read(PIXELS_HEAD_BYTES); head !== undefined; head = read(PIXELS_HEAD_BYTES)) {
  const pixels = read(new DataView(head).getUint32(0, true));
  if (pixels === undefined) break;
  parentPort?.postMessage(new Float32Array(pixels), [pixels]);
}

/** Blocks until all of `count` bytes are there; undefined when the service is gone. */
function read(count: number): ArrayBuffer | undefined {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const got = readSync(PIXELS_FD, bytes, at, count - at, null);
    if (got === 0) return undefined;
    at += got;
  }
  return bytes.buffer;
}
