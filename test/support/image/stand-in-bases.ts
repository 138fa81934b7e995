/**
 * Stand-ins for the two base images where none can be pulled, made of the distribution's own packages and unpacked
 * without running anything: the runtime base holds what distroless/cc holds (C library, libstdc++), the build base a
 * shell, coreutils and this machine's npm besides. The Dockerfile is built on them unchanged.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the build base's npm keeps its cache: mount this machine's own there. */
export const NPM_CACHE = '/npm-cache';

const RUNTIME_PACKAGES = ['base-files', 'libc6', 'libstdc++6', 'libgcc-s1'];
const BUILD_PACKAGES = ['dash', 'coreutils', 'libacl1', 'libattr1', 'libgmp10', 'libselinux1', 'libpcre2-8-0'];

export interface Buildah {
  /** Runs buildah on a storage of its own; resolves to what it printed. */
  run(...words: readonly string[]): Promise<string>;
  readonly folder: string;
  close(): Promise<void>;
}

/** Undefined with the reason where images cannot be built here. */
export async function findBuildah(): Promise<{ readonly missing: string } | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { missing: 'building an image needs root on Linux' };
  for (const [tool, ...words] of [
    ['buildah', '--version'],
    ['dpkg-deb', '--version'],
    ['unshare', '--version'],
  ] as const) {
    const isThere = await run(tool, words).then(
      () => true,
      () => false,
    );
    if (!isThere) return { missing: `no ${tool}` };
  }
  return undefined;
}

export async function openBuildah(): Promise<Buildah> {
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'overlay'];
  const runBuildah = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await run('buildah', [...storage, ...words], { maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  };
  return {
    folder,
    run: runBuildah,
    close: async () => {
      await runBuildah('umount', '--all').catch(() => undefined);
      await runBuildah('rm', '--all').catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Throws where the packages cannot be had. @returns names of the two images */
export async function makeStandInBases(
  buildah: Buildah,
): Promise<{ readonly build: string; readonly runtime: string }> {
  const debs = join(buildah.folder, 'debs');
  await mkdir(debs);
  // As root: the sandbox user of apt may not write here.
  const words = ['-o', 'APT::Sandbox::User=root', 'download', ...RUNTIME_PACKAGES, ...BUILD_PACKAGES];
  await run('apt-get', words, { cwd: debs });
  const files = await readdir(debs);
  const unpack = async (target: string, packages: readonly string[]): Promise<void> => {
    for (const name of packages) {
      const file = files.find((one) => one.startsWith(`${name}_`));
      if (file === undefined) throw new Error(`${name} was not downloaded`);
      await run('dpkg-deb', ['--extract', join(debs, file), target]);
    }
  };
  const base = async (name: string, packages: readonly string[], more: (root: string) => Promise<void>) => {
    const container = await buildah.run('from', 'scratch');
    const root = await buildah.run('mount', container);
    await unpack(root, packages);
    await more(root);
    await buildah.run('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin', container);
    await buildah.run('commit', '--quiet', '--format', 'docker', '--rm', container, `localhost/${name}`);
    return `localhost/${name}`;
  };
  return {
    runtime: await base('stand-in-runtime', RUNTIME_PACKAGES, () => Promise.resolve()),
    build: await base('stand-in-build', [...RUNTIME_PACKAGES, ...BUILD_PACKAGES], addNpm),
  };
}

/** This machine's Node and npm, as the official image has them, with the certificates this machine trusts. */
async function addNpm(root: string): Promise<void> {
  const { stdout: npm } = await run('sh', ['-c', 'readlink -f "$(command -v npm)"']);
  const library = dirname(dirname(npm.trim()));
  const bin = join(root, 'usr/local/bin');
  const target = join(root, 'usr/local/lib/node_modules/npm');
  await mkdir(bin, { recursive: true });
  await cp(process.execPath, join(bin, 'node'));
  await cp(library, target, { recursive: true });
  await run('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(bin, 'npm')]);
  await run('ln', ['-s', 'dash', join(root, 'bin/sh')]).catch(() => undefined);
  await run('ln', ['-s', 'coreutils', join(root, 'usr/bin/env')]).catch(() => undefined);
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await cp(certificates, join(root, certificates));
  await mkdir(join(root, 'usr/local/etc'));
  await writeFile(join(root, 'usr/local/etc/npmrc'), `cafile=${certificates}\ncache=${NPM_CACHE}\n`);
}
