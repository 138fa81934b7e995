/**
 * AssemblyScript, compiled to ../pixel-kernel.wasm by `npm run kernel:build`; CI compiles it again and compares. The
 * loops that touch every pixel, in 128-bit SIMD. Addresses and sizes come from the caller (../pixel-kernel.ts), who
 * lays out the memory: nothing is allocated and nothing is checked here.
 */
export { rescale } from './rescale';
export { countDense, cutSquare } from './square';
export { resizeToChannels } from './resize';

/** The first address that is free. */
export function base(): usize {
  return __heap_base;
}
