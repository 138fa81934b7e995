/**
 * `node models/triton-repository.ts DIR`: lays out models/ as NVIDIA Triton wants it, with symbolic links, so that
 * nothing is copied and the digests stay those of the contracts. Triton wants <network>/config.pbtxt beside
 * <network>/<whole number>/model.onnx; ours is <network>/<semantic version>/. The newest version of each network
 * becomes 1. Exits 1 when DIR holds something else already.
 */
import { globSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

const modelsDir = import.meta.dirname;

async function layOut(target: string): Promise<number> {
  await mkdir(target, { recursive: true });
  if ((await readdir(target)).length > 0) throw new Error(`${target} is not empty`);
  const newest = new Map<string, string>();
  for (const found of globSync('*/*/contract.json', { cwd: modelsDir })) {
    const [network = '', version = ''] = found.split('/');
    if (isNewer(version, newest.get(network))) newest.set(network, version);
  }
  for (const [network, version] of newest) {
    const folder = join(target, network, '1');
    await mkdir(folder, { recursive: true });
    const source = join(modelsDir, network, version);
    await symlink(relative(folder, join(source, 'model.onnx')), join(folder, 'model.onnx'));
    await symlink(relative(join(target, network), join(source, 'config.pbtxt')), join(target, network, 'config.pbtxt'));
  }
  return newest.size;
}

function isNewer(version: string, than: string | undefined): boolean {
  return than === undefined || version.localeCompare(than, 'en', { numeric: true }) > 0;
}

const [target] = process.argv.slice(2);
try {
  if (target === undefined) throw new Error('usage: node models/triton-repository.ts DIR');
  const count = await layOut(target);
  process.stdout.write(`${count} networks laid out in ${target}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
