/**
 * A data folder that runs full while the service works: a tmpfs of its own, in a mount namespace of its own, filled
 * and emptied from outside. Needs root and `unshare`; where there is neither, the test says so.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { closeAfter } from '../support/close-after.ts';
import { skip } from '../support/skip.ts';
import { openBackdrop, type Backdrop } from './backdrop.ts';
import { signOrder } from './ehr.ts';
import { settle } from './ledger.ts';
import { printTable } from './report.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';

const DISK_MB = 400;
const KILOBYTE = 1_024;

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a disk that runs full under the service', function () {
  this.timeout(600_000);
  let backdrop: Backdrop;
  let service: ServiceProcess;
  let disk: string;
  const patients: string[] = [];
  const opened = closeAfter();

  before(async function () {
    if (!canMount()) skip(this, 'no right to mount a small disk');
    backdrop = await openBackdrop();
    opened(() => backdrop.close());
    disk = await mkdtemp(join(tmpdir(), 'small-disk-'));
    opened(() => rm(disk, { recursive: true, force: true }));
    const mount = `mount -t tmpfs -o size=${String(DISK_MB)}m none '${disk}' && exec "$@"`;
    service = await createServiceProcess({
      backdrop,
      dataDir: join(disk, 'data'),
      wrapper: ['unshare', '-m', 'sh', '-c', mount, 'sh'],
    });
    opened(() => service.dispose());
    await service.start();
  });

  /** The disk as the service sees it: unshare executes the service in its place, so the process id is the same. */
  const inside = (): string => `/proc/${String(service.pid())}/root${disk}`;
  const fill = async (leaveKb: number): Promise<void> => {
    const { bavail, bsize } = statfsSync(inside());
    const file = await open(join(inside(), `filler-${randomUUID()}`), 'w');
    const chunk = Buffer.alloc(64 * KILOBYTE);
    for (let left = bavail * bsize - leaveKb * KILOBYTE; left > 0; left -= chunk.length) {
      await file.write(chunk, 0, Math.min(left, chunk.length)).catch(() => undefined);
    }
    await file.close();
  };
  const empty = (): void => {
    execFileSync('sh', ['-c', `rm -f ${inside()}/filler-*`]);
  };
  const order = async () => {
    const patientId = await backdrop.admit();
    patients.push(patientId);
    return signOrder(backdrop, { patientId, urls: [service.url] });
  };

  it('orders are answered or refused by name; once there is room again, nothing is lost and nothing is twice', async () => {
    const rows: [string, string][] = [];
    await order();
    await settle(backdrop, patients, 60_000);
    for (const leaveKb of [512, 64, 0]) {
      await fill(leaveKb);
      for (let count = 0; count < 3; count += 1) {
        const { status, body, durationMs } = await order();
        rows.push([
          `${String(leaveKb)} KiB left`,
          `${String(status)} ${body.code ?? ''} after ${durationMs.toFixed(0)} ms`,
        ]);
        expect([200, 500, 503, 504]).to.include(status);
        await pause(1_000);
      }
      empty();
      await pause(1_000);
    }
    const ready = await waitForReady(service.url, 20_000);
    rows.push(['ready again without a restart', ready ? 'yes' : 'no']);
    if (!ready) {
      await service.kill();
      await service.start();
    }
    // What was refused is asked for again, as an EHR does.
    for (const patientId of patients) await signOrder(backdrop, { patientId, urls: [service.url] });
    const { lost, doubled } = await settle(backdrop, patients, 150_000);
    rows.push([
      'studies lost / doubled',
      `${String(lost.length)} / ${String(doubled.length)} of ${String(patients.length)}`,
    ]);
    printTable(`Disk full (${String(DISK_MB)} MiB)`, rows);
    expect({ lost, doubled }).to.deep.equal({ lost: [], doubled: [] });
    expect(ready, 'a service that cannot go on must end, so that it is restarted').to.equal(true);
  });
});

async function waitForReady(url: string, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return true;
    if (Date.now() > until) return false;
    await pause(500);
  }
}
