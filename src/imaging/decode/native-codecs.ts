/**
 * JPEG 2000 and HTJ2K frames through the WebAssembly codecs of dcmjs-codecs. Only ever loaded in a
 * worker: a corrupt stream can wedge a codec for the rest of its life (ADR 0041), so after any failure here the worker
 * is replaced. Throws Fault `codec-failed`.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import codecs from 'dcmjs-codecs';
import { CodecFailure } from './codec-failure.ts';
import type { PixelLayout } from './pixel-layout.ts';

/** The package is CommonJS: its names are only reachable through the default import. */
const { Context, NativeCodecs } = codecs;
type CodecContext = InstanceType<typeof Context>;

const DECODERS = {
  'jpeg-2000': (context: CodecContext) => NativeCodecs.decodeJpeg2000(context),
  htj2k: (context: CodecContext) => NativeCodecs.decodeHtJpeg2000(context),
} as const;

export type NativeCodecName = keyof typeof DECODERS;

let ready: Promise<void> | undefined;

export function initializeNativeCodecs(): Promise<void> {
  const wasm = createRequire(import.meta.url).resolve('dcmjs-codecs/build/dcmjs-native-codecs.wasm');
  ready ??= NativeCodecs.initializeAsync({
    webAssemblyModulePathOrUrl: wasm.startsWith('file:') ? fileURLToPath(wasm) : wasm,
    logCodecsInfo: false,
    logCodecsTrace: false,
  });
  return ready;
}

/** @returns rows * columns cells, in the machine's byte order. */
export function decodeWithNativeCodec(name: NativeCodecName, bytes: Uint8Array, layout: PixelLayout): Uint16Array {
  const pixelCount = layout.rows * layout.columns;
  let decoded: Uint8Array | undefined;
  try {
    const context = new Context({
      width: layout.columns,
      height: layout.rows,
      bitsAllocated: 16,
      bitsStored: layout.bitsStored,
      samplesPerPixel: 1,
      pixelRepresentation: layout.signed ? 1 : 0,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      encodedBuffer: bytes,
    });
    decoded = DECODERS[name](context).getDecodedBuffer();
  } catch (cause) {
    throw new CodecFailure(`The ${name} codec refused the stream`, cause);
  }
  if (decoded?.length !== pixelCount * 2) throw new CodecFailure(`The ${name} codec returned another size than asked`);
  const copy = new Uint16Array(pixelCount);
  new Uint8Array(copy.buffer).set(decoded);
  return copy;
}
