/** A real PACS for one test file: Debian's Orthanc with its DICOMweb plugin, on a free port, in a temporary folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const BINARY = '/usr/sbin/Orthanc';
const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

export interface Orthanc {
  /** DICOMweb root. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  store(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** What is missing for these tests to run, or undefined. */
export function findMissingOrthanc(): string | undefined {
  const missing = [BINARY, PLUGIN].find((path) => !existsSync(path));
  return missing && `${missing} is not installed (apt-get install orthanc orthanc-dicomweb)`;
}

export async function startOrthanc(): Promise<Orthanc> {
  const folder = mkdtempSync(join(tmpdir(), 'orthanc-'));
  const port = await findFreePort();
  const [username, password] = ['reader', `test-${String(port)}`];
  const configuration = {
    Name: 'imaging-test',
    HttpPort: port,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { [username]: password },
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'index'),
    Plugins: [PLUGIN],
    DicomWeb: { Enable: true, Root: '/dicom-web/', StudiesMetadata: 'Full', SeriesMetadata: 'Full' },
  };
  writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(configuration));
  const child = spawn(BINARY, [join(folder, 'orthanc.json')], { stdio: 'ignore' });
  const root = `http://127.0.0.1:${String(port)}`;
  const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  await waitUntilReady(`${root}/system`, headers, child);
  return {
    url: `${root}/dicom-web`,
    username,
    password,
    async store(bytes) {
      const response = await fetch(`${root}/instances`, { method: 'POST', headers, body: Buffer.from(bytes) });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`Orthanc refused a file: ${String(response.status)}`);
    },
    async close() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function waitUntilReady(url: string, headers: Record<string, string>, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (child.exitCode !== null) throw new Error(`Orthanc ended with ${String(child.exitCode)}`);
    const response = await fetch(url, { headers }).catch(() => undefined);
    if (response?.ok) return;
    await wait(200);
  }
  throw new Error('Orthanc did not start');
}
