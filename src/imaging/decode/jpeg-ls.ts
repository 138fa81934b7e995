/**
 * JPEG-LS frames (ITU-T T.87) through CharLS as WebAssembly: half the time of the build inside dcmjs-codecs, the same
 * pixels (ADR 0046). Only ever loaded in a worker, which is replaced after any failure. Throws `codec-failed`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CodecFailure } from './codec-failure.ts';
import type { PixelLayout } from './pixel-layout.ts';

/** What is used of the package, which has no types of its own. */
interface CharlsModule {
  readonly JpegLSDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getFrameInfo(): { readonly width: number; readonly height: number; readonly bitsPerSample: number };
    /** A view into the codec's memory. */
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  };
}
type CharlsFactory = (options: { readonly wasmBinary: Uint8Array }) => Promise<CharlsModule>;

let charls: CharlsModule | undefined;

export async function initializeJpegLs(): Promise<void> {
  if (charls) return;
  const require = createRequire(import.meta.url);
  const createModule = require('@cornerstonejs/codec-charls/decodewasmjs') as CharlsFactory;
  const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-charls/decodewasm'));
  charls = await createModule({ wasmBinary });
}

/** @returns rows * columns cells. `initializeJpegLs` must have ended. */
export function decodeJpegLs(bytes: Uint8Array, layout: PixelLayout): Uint16Array {
  if (!charls) throw new Error('The JPEG-LS codec is not initialised');
  const cells = new Uint16Array(layout.rows * layout.columns);
  try {
    const decoder = new charls.JpegLSDecoder();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const decoded = decoder.getDecodedBuffer();
    if (decoded.length !== cells.byteLength) throw new Error(`${String(decoded.length)} bytes instead`);
    new Uint8Array(cells.buffer).set(decoded);
    decoder.delete();
  } catch (cause) {
    throw new CodecFailure('The jpeg-ls codec refused the stream or returned another size than asked', cause);
  }
  return cells;
}
