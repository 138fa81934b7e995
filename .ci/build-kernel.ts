/**
 * `npm run kernel:build` compiles the pixel kernel from AssemblyScript to the committed .wasm; with --check it compiles to
 * memory and compares, so that what runs is what can be read. The compiler is pinned, so the bytes are the same anywhere.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { main } from 'assemblyscript/asc';

const SOURCE = 'src/imaging/kernel/assembly/index.ts';
const BINARY = 'src/imaging/kernel/pixel-kernel.wasm';
const OPTIONS = ['--runtime', 'stub', '-O3', '--noAssert', '--enable', 'simd'];

let compiled: Uint8Array | undefined;
const { error, stderr } = await main([SOURCE, ...OPTIONS, '--outFile', BINARY], {
  writeFile: (name, contents) => {
    if (name === BINARY && typeof contents !== 'string') compiled = contents;
  },
});
if (error || !compiled) {
  console.error(stderr.toString());
  throw error ?? new Error('The compiler wrote nothing');
}
if (!process.argv.includes('--check')) {
  writeFileSync(BINARY, compiled);
  console.log(`${BINARY}: ${compiled.length} bytes`);
} else if (!readFileSync(BINARY).equals(compiled)) {
  console.error(`${BINARY} is not what ${SOURCE} compiles to: run npm run kernel:build`);
  process.exitCode = 1;
}
