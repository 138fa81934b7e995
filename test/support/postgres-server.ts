/**
 * A real PostgreSQL for one test file: a fresh cluster in a temporary folder on a free loopback port.
 * `findPostgres()` is undefined where the server is not installed; then the test says so and is skipped.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
/** `nobody`: the server refuses to run as root. */
const UNPRIVILEGED = 65_534;

export interface PostgresServer {
  readonly connectionString: string;
  /** Kills the server at once, as a crash would; `start` brings it back on the same port and data. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Folder of `initdb` and `postgres`, newest version first. */
export function findPostgres(): string | undefined {
  const candidates = [...globSync('/usr/lib/postgresql/*/bin/initdb'), ...globSync('/usr/local/pgsql/bin/initdb')];
  const found = candidates.sort().reverse()[0];
  return found !== undefined && existsSync(found) ? dirname(found) : undefined;
}

export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  if (isRoot) await chown(folder, UNPRIVILEGED, UNPRIVILEGED);
  const data = join(folder, 'data');
  await run(join(binaries, 'initdb'), ['-D', data, '-U', 'cds', '--auth=trust', '--no-sync', '-E', 'UTF8'], owner);
  const port = await findFreePort();
  const connectionString = `postgresql://cds@127.0.0.1:${String(port)}/postgres`;
  let exited: Promise<unknown> = Promise.resolve();
  let kill: (signal: NodeJS.Signals) => void = () => undefined;

  const start = async (): Promise<void> => {
    const words = ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-c', 'fsync=off'];
    const server = spawn(join(binaries, 'postgres'), words, { ...owner, stdio: 'ignore' });
    exited = new Promise((resolve) => server.once('exit', resolve));
    kill = (signal) => server.kill(signal);
    await waitUntilAnswering(connectionString);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    kill(signal);
    await exited;
  };
  await start();
  return {
    connectionString,
    start,
    // SIGQUIT is PostgreSQL's immediate shutdown: no clean-up, recovery from the WAL at the next start.
    crash: () => end('SIGQUIT'),
    stop: async () => {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function waitUntilAnswering(connectionString: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt > 150) throw error;
      await pause(100);
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
