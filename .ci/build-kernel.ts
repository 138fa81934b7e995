/**
 * `npm run kernel:build` compiles the pixel kernel from AssemblyScript to the committed .wasm; with --check it compiles
 * beside it and compares, so that what runs is what can be read. The compiler is pinned, so the bytes are the same
 * anywhere. It is called as a command: its types would redefine the global ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = 'src/imaging/kernel/assembly/index.ts';
const BINARY = 'src/imaging/kernel/pixel-kernel.wasm';
const OPTIONS = ['--runtime', 'stub', '-O3', '--noAssert', '--enable', 'simd'];

function compile(outFile: string): Buffer {
  const compiler = 'node_modules/assemblyscript/bin/asc.js';
  execFileSync(process.execPath, [compiler, SOURCE, ...OPTIONS, '--outFile', outFile], { stdio: 'inherit' });
  return readFileSync(outFile);
}

if (process.argv.includes('--check')) {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  const isSame = compile(join(folder, 'kernel.wasm')).equals(readFileSync(BINARY));
  rmSync(folder, { recursive: true });
  if (!isSame) console.error(`${BINARY} is not what ${SOURCE} compiles to: run npm run kernel:build`);
  process.exitCode = isSame ? 0 : 1;
} else {
  console.log(`${BINARY}: ${compile(BINARY).length} bytes`);
}
