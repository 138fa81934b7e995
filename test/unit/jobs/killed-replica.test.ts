import { expect } from 'chai';
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseAddress } from '../../../src/storage/open-database.ts';
import { findPostgres, startPostgres } from '../../support/postgres-server.ts';
import { skip } from '../../support/skip.ts';
import { makeJob, openJobFixture } from './job-fixture.ts';

const forever = new AbortController().signal;

/** Starts a replica that takes the job, kills it with -9, and returns who could take it over. */
async function killWhileRunning(address: DatabaseAddress): Promise<void> {
  const file = join(import.meta.dirname, 'work-until-killed.ts');
  const replica = fork(file, [JSON.stringify(address)], { stdio: 'inherit' });
  const exited = new Promise((resolve) => replica.once('exit', resolve));
  await new Promise((resolve) => replica.once('message', resolve));
  replica.kill('SIGKILL');
  await exited;
}

describe('a replica killed with -9 in the middle of an analysis', function () {
  this.timeout(90_000);

  it('on PGlite: the next start takes the study up again at once', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'jobs-'));
    await killWhileRunning({ dataDir });
    const fixture = await openJobFixture({ dataDir });
    const state = await fixture.queue.findState('killed');
    const seen: string[] = [];
    const worker = await fixture.startWorker({ assess: (job) => Promise.resolve(void seen.push(job.imagingStudyId)) });
    const end = await fixture.queue.waitForEnd('killed', { signal: forever });
    await worker.stop({ graceMs: 0 });
    await fixture.close();
    await rm(dataDir, { recursive: true, force: true });
    expect(state, 'nobody is blamed for it').to.include({ kind: 'queued' });
    expect(end.kind).to.equal('done');
    expect(seen).to.deep.equal(['study-killed']);
  });

  it('on PostgreSQL: another replica takes it up after the heartbeat is missed, and still only once', async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    const server = await startPostgres(binaries);
    await killWhileRunning({ connectionString: server.connectionString });
    const fixture = await openJobFixture({ connectionString: server.connectionString });
    const seen: string[] = [];
    const worker = await fixture.startWorker({ assess: (job) => Promise.resolve(void seen.push(job.imagingStudyId)) });
    await fixture.queue.request(makeJob('killed', 'order'));
    const before = await fixture.queue.findState('killed');
    const end = await fixture.queue.waitForEnd('killed', { signal: forever });
    await worker.stop({ graceMs: 0 });
    await fixture.close();
    await server.stop();
    expect(before.kind, 'while the heartbeat is not yet missed').to.equal('running');
    expect(end.kind).to.equal('done');
    expect(seen).to.have.length(1);
  });
});
