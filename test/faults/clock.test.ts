/**
 * The clock of the whole site moved forward and back under a running service, by libfaketime: the EHR's tokens and the
 * patients move with it, the database's clock too. Timers are left alone: they do not follow a wall clock.
 */
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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

const LIBRARY = globSync('/usr/lib/*/faketime/libfaketime.so.1')[0];
const HOUR_S = 3_600;
/** Seconds off the real clock, one after the other: an NTP step, a day ahead, back to now, half a day behind, now. */
const OFFSETS_S = [0, 90, 24 * HOUR_S, 0, -12 * HOUR_S, 0];
const SETTLE_MS = 120_000;

describe('a clock that is moved under the service', function () {
  this.timeout(900_000);
  let backdrop: Backdrop;
  let service: ServiceProcess;
  let folder: string;
  let offsetS = 0;
  const opened = closeAfter();

  before(async function () {
    if (LIBRARY === undefined || !existsSync(LIBRARY)) skip(this, 'no libfaketime installed');
    folder = await mkdtemp(join(tmpdir(), 'clock-'));
    opened(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'offset');
    await writeFile(file, '+0');
    backdrop = await openBackdrop({ now: () => new Date(Date.now() + offsetS * 1_000) });
    opened(() => backdrop.close());
    service = await createServiceProcess({
      backdrop,
      environment: {
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    });
    opened(() => service.dispose());
    await service.start();
  });

  const moveTo = async (seconds: number): Promise<void> => {
    offsetS = seconds;
    await writeFile(join(folder, 'offset'), `${seconds < 0 ? '' : '+'}${String(seconds)}`);
  };

  it('every order is answered and every study has its results, once, whichever way the clock went', async () => {
    const patients: string[] = [];
    const rows: [string, string][] = [];
    for (const seconds of OFFSETS_S) {
      // One analysis is under way, or waits, while the clock moves.
      const before = await backdrop.admit();
      patients.push(before);
      await signOrder(backdrop, { patientId: before, urls: [service.url] });
      await moveTo(seconds);
      const after = await backdrop.admit();
      patients.push(after);
      const { status, body, durationMs } = await signOrder(backdrop, { patientId: after, urls: [service.url] });
      const { lost } = await settle(backdrop, patients, SETTLE_MS);
      rows.push([
        `clock at ${String(seconds)} s`,
        `${String(status)} ${body.code ?? ''} after ${durationMs.toFixed(0)} ms; without results: ${String(lost.length)}`,
      ]);
    }
    await pause(1_000);
    const { lost, doubled } = await settle(backdrop, patients, 1_000);
    printTable('Clock moved', [
      ...rows,
      ['studies lost / doubled', `${String(lost.length)} / ${String(doubled.length)}`],
    ]);
    expect({ lost, doubled }).to.deep.equal({ lost: [], doubled: [] });
  });
});
