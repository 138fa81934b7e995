/**
 * Runs an image the way an engine does with `--read-only`, by the kernel's own means: the image's root file system
 * mounted read-only, its volumes bound to folders, process 1 of a process namespace of its own, the image's user,
 * environment, working folder and entry point, no new privileges. The network is this machine's loopback.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Buildah } from './stand-in-bases.ts';

const run = promisify(execFile);

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
}

export interface Image {
  readonly config: ImageConfig;
  /** Its root file system, writable from outside. */
  readonly root: string;
}

export interface RunningImage {
  /** Host folder behind each volume. */
  readonly volumes: Readonly<Record<string, string>>;
  output(): string;
  signal(name: NodeJS.Signals): Promise<void>;
  /** Exit code once it has ended. */
  readonly ended: Promise<number>;
}

export interface RunOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Read-only: path in the image -> path here. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** In place of the entry point. */
  readonly command?: readonly string[];
  readonly folder: string;
}

export async function openImage(buildah: Buildah, name: string): Promise<Image> {
  const container = await buildah.run('from', '--pull-never', name);
  const root = await buildah.run('mount', container);
  const inspected = JSON.parse(await buildah.run('inspect', '--type', 'image', name)) as {
    Docker: { config: ImageConfig };
  };
  return { root, config: inspected.Docker.config };
}

const SCRIPT = `
set -eu
root=$1 user=$2 group=$3 workdir=$4; shift 4
mount --make-rprivate /
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do mount --bind "$2" "$root$3"; [ "$1" = rw ] || mount -o remount,bind,ro "$root$3"; shift 3; done
shift
mount -o remount,bind,ro "$root"
exec unshare --pid --fork --kill-child --mount-proc=/proc --root="$root" --wd="$workdir" \\
  --setgid="$group" --setuid="$user" "$@"
`;

export async function startImage({ root, config }: Image, options: RunOptions): Promise<RunningImage> {
  const [user = '', group = user] = config.User.split(':');
  const volumes: Record<string, string> = {};
  const binds: string[] = [];
  for (const path of Object.keys(config.Volumes)) {
    const source = await mkdtemp(join(options.folder, 'volume-'));
    await chown(source, Number(user), Number(group));
    volumes[path] = source;
    binds.push('rw', source, path);
  }
  for (const [path, source] of Object.entries(options.mounts ?? {})) {
    await mkdir(join(root, path), { recursive: true });
    binds.push('ro', source, path);
  }
  await mkdir(join(root, 'proc'), { recursive: true });
  const environment = Object.fromEntries(
    config.Env.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  const command = options.command ?? config.Entrypoint;
  const words = ['-c', SCRIPT, 'run-image', root, user, group, config.WorkingDir, ...binds, '--', ...command];
  const child = spawn('unshare', ['--mount', 'sh', ...words], {
    env: { ...environment, PATH: process.env['PATH'], ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return { volumes, output: () => text, ended, signal: (name) => signalFirstProcess(child, name) };
}

/** `unshare --fork` waits in front of process 1; an engine signals process 1 itself. */
async function signalFirstProcess(child: ChildProcess, name: NodeJS.Signals): Promise<void> {
  const waiting = String(child.pid);
  const children = await readFile(`/proc/${waiting}/task/${waiting}/children`, 'utf8');
  await run('kill', ['-s', name.replace(/^SIG/, ''), children.trim()]);
}
