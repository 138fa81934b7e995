import { expect } from 'chai';
import { pino } from 'pino';
import { createSchedules } from '../../../src/jobs/schedules.ts';
import type { Schedules, ScheduledWork } from '../../../src/jobs/schedules.ts';
import { makeGate, openJobFixture } from './job-fixture.ts';
import type { JobFixture } from './job-fixture.ts';

const EVERY_SECOND = '* * * * * *';

describe('schedules', function () {
  this.timeout(30_000);
  let fixture: JobFixture;
  const started: Schedules[] = [];
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  before(async () => (fixture = await openJobFixture()));
  afterEach(async () => {
    await Promise.all(started.splice(0).map((schedules) => schedules.stop()));
    await fixture.clear();
    errors.length = 0;
  });
  after(() => fixture.close());

  const start = async (work: Omit<ScheduledWork, 'name' | 'cron'>): Promise<void> => {
    const all = [{ name: 'sweep', cron: EVERY_SECOND, ...work }];
    const schedules = createSchedules({ database: fixture.database, logger, work: all });
    started.push(schedules);
    await schedules.start();
  };

  it('runs each tick once, whichever of three replicas takes it', async () => {
    const seconds: number[] = [];
    const enough = makeGate();
    const run = (): Promise<void> => {
      seconds.push(Math.floor(Date.now() / 1000));
      if (seconds.length >= 3) enough.open();
      return Promise.resolve();
    };
    for (let replica = 0; replica < 3; replica += 1) await start({ run });
    await enough.opened;
    expect(new Set(seconds).size, `one run per second: ${String(seconds)}`).to.equal(seconds.length);
  });

  it('starts no second run on another replica while one still runs', async () => {
    const gate = makeGate();
    let [running, most, ticks] = [0, 0, 0];
    const seen = makeGate();
    const run = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await gate.opened;
      running -= 1;
    };
    for (let replica = 0; replica < 2; replica += 1) await start({ run });
    const countTick = (): Promise<void> => {
      ticks += 1;
      if (ticks >= 3) seen.open();
      return Promise.resolve();
    };
    const watcher = createSchedules({
      database: fixture.database,
      logger,
      work: [{ name: 'watch', cron: EVERY_SECOND, run: countTick }],
    });
    started.push(watcher);
    await watcher.start();
    await seen.opened;
    gate.open();
    expect(most).to.equal(1);
  });

  it('goes on after a run that failed, and says so in the log', async () => {
    let runs = 0;
    const twice = makeGate();
    await start({
      run: () => {
        runs += 1;
        if (runs === 2) twice.open();
        return Promise.reject(new Error('no'));
      },
    });
    await twice.opened;
    expect(errors[0]).to.contain('scheduled task failed').and.contain('sweep');
  });

  it('is not kept from running by a tick that a wrong clock put into the future', async () => {
    await fixture.database.query(
      "INSERT INTO schedule_run (name, last_tick) VALUES ('sweep', now() + interval '1 day')",
    );
    const ran = makeGate();
    await start({ run: openGate(ran) });
    await ran.opened;
  });

  it('takes over when the replica that held the lease died', async () => {
    await fixture.database.query(
      "INSERT INTO schedule_run (name, last_tick, held_by, held_until) VALUES ('sweep', now() - interval '1 hour', 'dead', now() + interval '1 second')",
    );
    const ran = makeGate();
    await start({ run: openGate(ran) });
    await ran.opened;
  });

  it('aborts a running task when it is stopped and waits for it', async () => {
    const begun = makeGate();
    let ended = false;
    await start({
      run: async ({ signal }) => {
        begun.open();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended = true;
      },
    });
    await begun.opened;
    await started.pop()?.stop();
    expect(ended).to.equal(true);
  });

  it('refuses a cron expression that is none, naming schedule and field', () => {
    const work = [{ name: 'sweep', cron: '99 * * * *', run: () => Promise.resolve() }];
    expect(() => createSchedules({ database: fixture.database, logger, work }))
      .to.throw(/Schedule sweep: "99 \* \* \* \*".*minute/)
      .with.property('code', 'config-invalid');
  });
});

function openGate(gate: { open(): void }): () => Promise<void> {
  return () => {
    gate.open();
    return Promise.resolve();
  };
}
