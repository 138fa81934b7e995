import { expect } from 'chai';
import { COUNTED_AHEAD } from '../../../src/assessment/domain/backlog.ts';
import type { AnalysisJob } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { findPostgres, startPostgres } from '../../support/postgres-server.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { skip } from '../../support/skip.ts';
import { makeGate, makeJob, openJobFixture } from './job-fixture.ts';
import type { JobFixture } from './job-fixture.ts';

const forever = new AbortController().signal;
const SECOND = { attempts: 3, firstPauseS: 1, longestPauseS: 1 };

/** The same promises on both engines. */
function describeQueue(open: () => Promise<JobFixture>): void {
  let fixture: JobFixture;
  const stops: (() => Promise<void>)[] = [];
  const start = async (options: Parameters<JobFixture['startWorker']>[0]) => {
    const worker = await fixture.startWorker(options);
    stops.push(() => worker.stop({ graceMs: 0 }));
    return worker;
  };
  before(async () => (fixture = await open()));
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await fixture.clear();
  });
  after(() => fixture.close());

  it('knows nothing of a key that was never asked for', async () => {
    expect(await fixture.queue.findState('never')).to.deep.equal({ kind: 'unknown' });
  });

  it('answers waitForEnd at once for a key that was never asked for', async () => {
    expect((await fixture.queue.waitForEnd('never', { signal: forever })).kind).to.equal('unknown');
  });

  it('analyses a study once that was asked for ten times at once', async () => {
    const seen: string[] = [];
    const jobs = Array.from({ length: 10 }, (_, index) => makeJob('ten', index % 2 ? 'order' : 'arrival'));
    await Promise.all(jobs.map((job) => fixture.queue.request(job)));
    await start({
      assess: (job) => {
        seen.push(job.key);
        return Promise.resolve();
      },
    });
    const end = await fixture.queue.waitForEnd('ten', { signal: forever });
    expect(end.kind).to.equal('done');
    expect(seen).to.deep.equal(['ten']);
    expect(fixture.errors, 'nothing logged at error level').to.deep.equal([]);
  });

  it('hands on which revision of a study is asked for, and says which keys wait or run', async () => {
    const gate = makeGate();
    const seen: (number | undefined)[] = [];
    await fixture.queue.request(makeJob('first'));
    await fixture.queue.request({ ...makeJob('again'), revision: 2 });
    await start({
      assess: async ({ revision }) => {
        seen.push(revision);
        await gate.opened;
      },
    });
    const keys = ['never', 'first', 'again'];
    expect(await fixture.queue.findUnderWay(keys)).to.deep.equal(['first', 'again']);
    expect(await fixture.queue.findUnknown(keys)).to.deep.equal(['never']);
    gate.open();
    for (const key of ['first', 'again']) await fixture.queue.waitForEnd(key, { signal: forever });
    expect(seen).to.have.members([undefined, 2]);
    expect(await fixture.queue.findUnderWay(keys)).to.deep.equal([]);
    expect(await fixture.queue.findUnknown(keys)).to.deep.equal(['never']);
  });

  it('does not take a request for a running analysis as a second one', async () => {
    const gate = makeGate();
    let runs = 0;
    await start({
      assess: async () => {
        runs += 1;
        await gate.opened;
      },
    });
    await fixture.queue.request(makeJob('busy'));
    while ((await fixture.queue.findState('busy')).kind !== 'running') await pause(20);
    await fixture.queue.request(makeJob('busy', 'order'));
    gate.open();
    await fixture.queue.waitForEnd('busy', { signal: forever });
    await pause(100);
    expect(runs).to.equal(1);
  });

  it('lets an order overtake arrivals, also when it asks for a study that waits already', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await fixture.queue.request(makeJob(name));
    await fixture.queue.request(makeJob('c', 'order'));
    expect(await fixture.queue.findState('c')).to.include({ kind: 'queued', ahead: 0 });
    expect(await fixture.queue.findState('d')).to.include({ kind: 'queued', ahead: 3 });
    const jobs: AnalysisJob[] = [];
    await start({
      assess: (job) => {
        jobs.push(job);
        return Promise.resolve();
      },
    });
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => fixture.queue.waitForEnd(name, { signal: forever })));
    expect(jobs.find((job) => job.key === 'c')).to.deep.equal({ ...makeJob('c'), urgency: 'order' });
    expect(
      jobs.slice(0, 2).map((job) => job.key),
      'first of the two loops',
    ).to.include('c');
  });

  it('runs an order although an arrival occupies the worker', async () => {
    const gate = makeGate();
    await start({ assess: (job) => (job.key === 'long' ? gate.opened : Promise.resolve()) });
    await fixture.queue.request(makeJob('long'));
    while ((await fixture.queue.findState('long')).kind !== 'running') await pause(20);
    await fixture.queue.request(makeJob('now', 'order'));
    const end = await fixture.queue.waitForEnd('now', { signal: forever });
    gate.open();
    expect(end.kind).to.equal('done');
  });

  it('retries a fault of the table, says so meanwhile, and ends done', async () => {
    let attempts = 0;
    await start({
      retries: { 'pacs-unavailable': SECOND },
      assess: () => {
        attempts += 1;
        return attempts === 1 ? Promise.reject(new Fault('pacs-unavailable', 'down')) : Promise.resolve();
      },
    });
    await fixture.queue.request(makeJob('flaky'));
    while ((await fixture.queue.findState('flaky')).kind !== 'retrying') await pause(20);
    expect(await fixture.queue.findState('flaky')).to.include({ attempt: 1, code: 'pacs-unavailable' });
    expect((await fixture.queue.waitForEnd('flaky', { signal: forever })).kind).to.equal('done');
    expect(attempts).to.equal(2);
  });

  describe('a job that pauses for minutes after a failure', () => {
    const LONG = { attempts: 9, firstPauseS: 600, longestPauseS: 600 };

    /** The first attempt fails, the next succeeds; `ageS` seconds pass after the first began. */
    async function pauseAfter(fault: Fault, ageS: number): Promise<void> {
      let attempts = 0;
      await start({
        retries: { [fault.code]: LONG },
        assess: () => ((attempts += 1) === 1 ? Promise.reject(fault) : Promise.resolve()),
      });
      await fixture.queue.request(makeJob('pausing'));
      while ((await fixture.queue.findState('pausing')).kind !== 'retrying') await pause(20);
      await fixture.database.query(`UPDATE pgboss.job SET started_on = started_on - $1 * interval '1 second'`, [ageS]);
    }
    const stateAfter = async (urgency: AnalysisJob['urgency'], waitMs: number) => {
      await fixture.queue.request(makeJob('pausing', urgency));
      return (await fixture.queue.waitForEnd('pausing', { signal: AbortSignal.timeout(waitMs) })).kind;
    };

    it('is tried again at once when an order asks: what failed may be back', async () => {
      await pauseAfter(new Fault('pacs-unavailable', 'down'), 10);
      expect(await stateAfter('order', 10_000)).to.equal('done');
    });

    it('sits out its pause for another arrival', async () => {
      await pauseAfter(new Fault('pacs-unavailable', 'down'), 10);
      expect(await stateAfter('arrival', 1_500)).to.equal('retrying');
    });

    it('is not tried more often than every few seconds, however many orders ask', async () => {
      await pauseAfter(new Fault('pacs-unavailable', 'down'), 0);
      expect(await stateAfter('order', 1_500)).to.equal('retrying');
    });

    it('leaves in peace who asked for patience (Retry-After)', async () => {
      await pauseAfter(new Fault('rate-limited', 'later', { retryAfterMs: 300_000 }), 10);
      expect(await stateAfter('order', 1_500)).to.equal('retrying');
    });

    it('waits on for a study that is still arriving (ADR 0006)', async () => {
      await pauseAfter(new Fault('study-arriving', 'moving'), 10);
      expect(await stateAfter('order', 1_500)).to.equal('retrying');
    });
  });

  it('fails for good with the code kept when the fault is not in the table', async () => {
    await start({ assess: () => Promise.reject(new Fault('dicom-malformed', 'not DICOM')) });
    await fixture.queue.request(makeJob('broken'));
    const end = await fixture.queue.waitForEnd('broken', { signal: forever });
    expect(end).to.include({ kind: 'failed', code: 'dicom-malformed' });
  });

  it('gives up after the attempts of the table', async () => {
    let attempts = 0;
    await start({
      retries: { 'pacs-unavailable': { ...SECOND, attempts: 2 } },
      assess: () => {
        attempts += 1;
        return Promise.reject(new Fault('pacs-unavailable', 'down'));
      },
    });
    await fixture.queue.request(makeJob('gone'));
    const end = await fixture.queue.waitForEnd('gone', { signal: forever });
    expect(end).to.include({ kind: 'failed', code: 'pacs-unavailable' });
    expect(attempts).to.equal(2);
  });

  it('analyses again when a failed study is asked for again', async () => {
    const worker = await start({ assess: () => Promise.reject(new Fault('dicom-malformed', 'not DICOM')) });
    await fixture.queue.request(makeJob('again'));
    await fixture.queue.waitForEnd('again', { signal: forever });
    await worker.stop({ graceMs: 0 });
    await fixture.queue.request(makeJob('again', 'order'));
    expect((await fixture.queue.findState('again')).kind).to.equal('queued');
  });

  it('counts those ahead of an order only as far as it matters, and then promises no time', async () => {
    const { database } = fixture;
    await fixture.queue.request(makeJob('first', 'order'));
    await database.query(
      `INSERT INTO pgboss.job (name, singleton_key, priority, policy, created_on)
       SELECT name, 'copy-' || n, priority, policy, created_on FROM pgboss.job, generate_series(1, $2) n
       WHERE singleton_key = $1`,
      ['first', COUNTED_AHEAD - 1],
    );
    await fixture.queue.request(makeJob('last counted', 'order'));
    expect(await fixture.queue.findState('last counted')).to.include({ kind: 'queued', ahead: COUNTED_AHEAD });
    await fixture.queue.request(makeJob('beyond', 'order'));
    await fixture.queue.request(makeJob('far beyond', 'arrival'));
    for (const name of ['beyond', 'far beyond']) {
      const state = await fixture.queue.findState(name);
      expect(state, name).to.include({ kind: 'queued', ahead: COUNTED_AHEAD + 1 });
      expect(state, name).not.to.have.property('waitMinutes');
    }
  });

  it('ends a wait with the signal and says where the analysis stands', async () => {
    await fixture.queue.request(makeJob('patience'));
    const state = await fixture.queue.waitForEnd('patience', { signal: AbortSignal.timeout(50) });
    expect(state).to.include({ kind: 'queued', ahead: 0 });
  });

  it('gives a running job back when it is stopped, without counting the attempt', async () => {
    const worker = await start({
      assess: (_job, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    });
    await fixture.queue.request(makeJob('handed'));
    while ((await fixture.queue.findState('handed')).kind !== 'running') await pause(20);
    await worker.stop({ graceMs: 0 });
    expect(await fixture.queue.findState('handed')).to.include({ kind: 'queued' });
    await start({ assess: () => Promise.resolve() });
    expect((await fixture.queue.waitForEnd('handed', { signal: forever })).kind).to.equal('done');
  });

  it('lets a running job finish inside the grace', async () => {
    const gate = makeGate();
    const worker = await start({ assess: () => gate.opened });
    await fixture.queue.request(makeJob('almost'));
    while ((await fixture.queue.findState('almost')).kind !== 'running') await pause(20);
    const stopped = worker.stop({ graceMs: 10_000 });
    gate.open();
    await stopped;
    expect((await fixture.queue.findState('almost')).kind).to.equal('done');
  });
}

describe('analysis queue on PGlite', function () {
  this.timeout(60_000);
  describeQueue(() => openJobFixture());
});

describe('analysis queue on PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer | undefined;
  before(async function () {
    const binaries = findPostgres();
    if (binaries === undefined) skip(this, 'no PostgreSQL server installed');
    server = await startPostgres(binaries);
  });
  after(() => server?.stop());
  describeQueue(() => openJobFixture({ connectionString: server?.connectionString ?? '' }));
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
