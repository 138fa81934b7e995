/**
 * The loops over every pixel, in WebAssembly SIMD (ADR 0045): JavaScript has none, and they were half of the time from
 * file to tensor. One instance per thread, used by synchronous code only, so whoever asks for memory owns all of it
 * until it returns. Sources: assembly/; the .wasm is generated (`npm run kernel:build`) and compared in CI.
 */
import { readFileSync } from 'node:fs';

/** Addresses are byte offsets into `memory`; every argument is a whole number. See assembly/ for what each does. */
export interface PixelKernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): void };
  readonly base: () => number;
  rescale(
    cells: number,
    count: number,
    hu: number,
    shiftLeft: number,
    shiftRight: number,
    isSigned: number,
    wrapFrom: number,
    wrap: number,
    intercept: number,
    paddingLow: number,
    paddingHigh: number,
    least: number,
  ): void;
  countDense(
    hu: number,
    rows: number,
    columns: number,
    threshold: number,
    perRow: number,
    perColumn: number,
    lanes: number,
  ): number;
  cutSquare(
    hu: number,
    rows: number,
    columns: number,
    top: number,
    left: number,
    side: number,
    square: number,
    pitch: number,
    least: number,
    most: number,
    tissueLow: number,
    tissueHigh: number,
  ): number;
  resizeToChannels(
    square: number,
    pitch: number,
    side: number,
    downFirst: number,
    downWeights: number,
    downWidth: number,
    acrossFirst: number,
    acrossWeights: number,
    acrossWidth: number,
    height: number,
    width: number,
    strip: number,
    affines: number,
    channels: number,
    out: number,
  ): void;
}

/** The little that is used of it: its types come with the DOM's, which a service does not have. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

let kernel: PixelKernel | undefined;

export function usePixelKernel(): PixelKernel {
  kernel ??= instantiate();
  return kernel;
}

function instantiate(): PixelKernel {
  const module = new WebAssembly.Module(readFileSync(new URL('./pixel-kernel.wasm', import.meta.url)));
  return new WebAssembly.Instance(module).exports as PixelKernel;
}

const PAGE_BYTES = 65_536;
/** One vector: blocks begin at a multiple of it and may be read one vector beyond their end. */
const VECTOR_BYTES = 16;

/**
 * Places blocks of the given byte sizes one after the other, growing the memory where needed.
 * @returns their addresses. Views made before are void: the memory may have moved.
 */
export function layOut<Name extends string>(sizes: Readonly<Record<Name, number>>): Record<Name, number> {
  const { memory, base } = usePixelKernel();
  let end = roundUp(base());
  const places = {} as Record<Name, number>;
  for (const [name, bytes] of Object.entries<number>(sizes)) {
    places[name as Name] = end;
    end = roundUp(end + bytes) + VECTOR_BYTES;
  }
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  return places;
}

const roundUp = (bytes: number): number => Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;

/** The int16 values inside [low, high]: first > last where there are none. */
export function toInt16Range(low: number, high: number): readonly [first: number, last: number] {
  const [first, last] = [Math.max(Math.ceil(low), -0x8000), Math.min(Math.floor(high), 0x7fff)];
  return first <= last ? [first, last] : [1, 0];
}
