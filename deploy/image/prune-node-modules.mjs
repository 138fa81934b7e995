/**
 * Takes out of node_modules what the service never reads: ONNX Runtime for other platforms (240 of 288 MB), source
 * maps and type declarations. Licences stay. Fails when it finds nothing to keep: a renamed folder must not
 * silently double the image, or empty it.
 *   node prune-node-modules.mjs NODE_MODULES
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: prune-node-modules.mjs NODE_MODULES');

const runtimes = join(folder, 'onnxruntime-node', 'bin', 'napi-v6');
const kept = join(runtimes, process.platform, process.arch);
if (!existsSync(join(kept, 'onnxruntime_binding.node'))) throw new Error(`${kept}: no ONNX Runtime for this machine`);
for (const platform of readdirSync(runtimes)) {
  for (const arch of readdirSync(join(runtimes, platform))) {
    const here = join(runtimes, platform, arch);
    if (here !== kept) rmSync(here, { recursive: true });
  }
}

const UNREAD = /\.(map|d\.[cm]?ts)$/;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && UNREAD.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
}
