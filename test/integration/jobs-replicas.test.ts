import { expect } from 'chai';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findPostgres, startPostgres } from '../support/postgres-server.ts';
import { skip } from '../support/skip.ts';
import { openJobFixture } from '../unit/jobs/job-fixture.ts';

const ORDERS = 1_000;
const REPLICAS = 3;
const KILLS = 8;
/** Loops of one replica: one for all jobs, one for orders. A kill can waste at most one run of each. */
const LOOPS = 2;

describe('three replicas on one PostgreSQL', function () {
  this.timeout(240_000);

  it(`answer ${ORDERS} orders, each study recorded once, while ${KILLS} times one of them is killed with -9`, async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    const server = await startPostgres(binaries);
    const desk = await openJobFixture({ connectionString: server.connectionString });
    await desk.database.executeScript(
      'CREATE TABLE run (key text, pid int); CREATE TABLE recorded (key text PRIMARY KEY)',
    );
    const replicas: ChildProcess[] = [];
    const startReplica = async (): Promise<void> => {
      const replica = fork(join(import.meta.dirname, 'jobs-replica.ts'), [server.connectionString]);
      await new Promise((resolve) => replica.once('message', resolve));
      replicas.push(replica);
    };
    for (let index = 0; index < REPLICAS; index += 1) await startReplica();

    const keys = Array.from({ length: ORDERS }, (_, index) => `study-${String(index)}`);
    const asking = (async () => {
      for (const key of keys) {
        const job = { key, imagingStudyId: key, urgency: 'order' } as const;
        await Promise.all([desk.queue.request(job), desk.queue.request({ ...job, urgency: 'arrival' })]);
      }
    })();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(150 + Math.random() * 400);
      const victim = replicas.shift();
      victim?.kill('SIGKILL');
      await startReplica();
    }
    await asking;
    const forever = new AbortController().signal;
    const ends = await Promise.all(keys.map((key) => desk.queue.waitForEnd(key, { signal: forever })));
    const count = async (sql: string): Promise<number> =>
      (await desk.database.query<{ n: number }>(sql)).rows[0]?.n ?? -1;
    const recorded = await count('SELECT count(*) AS n FROM recorded');
    const runs = await count('SELECT count(*) AS n FROM run');
    for (const replica of replicas) replica.kill('SIGKILL');
    await desk.close();
    await server.stop();

    expect(
      ends.filter((end) => end.kind !== 'done'),
      'orders without an answer',
    ).to.deep.equal([]);
    expect(recorded).to.equal(ORDERS);
    expect(runs - ORDERS, 'runs wasted by kills').to.be.within(0, KILLS * LOOPS);
  });
});
