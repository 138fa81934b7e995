import { expect } from 'chai';
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openDatabase } from '../../../src/storage/open-database.ts';

const KILLS = 5;

describe('a PGlite folder whose process is killed with -9 while it writes', function () {
  this.timeout(120_000);

  it(`opens again ${KILLS} times, with every row that was reported and none half done`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'killed-'));
    const reported: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const writer = fork(join(import.meta.dirname, 'write-until-killed.ts'), [folder]);
      const exited = new Promise((resolve) => writer.once('exit', resolve));
      await new Promise((resolve) => writer.once('message', resolve));
      writer.on('message', (id) => reported.push(Number(id)));
      setTimeout(() => writer.kill('SIGKILL'), Math.random() * 150);
      await exited;
    }
    const database = await openDatabase({ dataDir: folder, logger: pino({ level: 'silent' }) });
    const { rows } = await database.query<{ id: number; half: boolean; length: number }>(
      'SELECT id, half, length(body) AS length FROM written',
    );
    await database.close();
    await rm(folder, { recursive: true, force: true });
    const kept = new Set(rows.map(({ id }) => id));
    expect(reported.length).to.be.greaterThan(KILLS);
    expect(
      reported.filter((id) => !kept.has(id)),
      'committed but lost',
    ).to.deep.equal([]);
    expect(
      rows.filter(({ half, length }) => half || length !== 3_000),
      'half done',
    ).to.deep.equal([]);
  });
});
