import { expect } from 'chai';
import { pino } from 'pino';
import { ANALYSIS_QUEUE, SILENT_DEATHS_ALLOWED } from '../../../src/jobs/job-queues.ts';
import { openJobQueue } from '../../../src/jobs/open-job-queue.ts';
import { makeJob, openJobFixture } from './job-fixture.ts';
import type { JobFixture } from './job-fixture.ts';

describe('a study that kills the process each time it is analysed', function () {
  this.timeout(60_000);
  let fixture: JobFixture;
  before(async () => (fixture = await openJobFixture()));
  after(() => fixture.close());

  /** A process takes the job and dies without a word; the next one opens the queue. */
  const dieOnce = async (): Promise<number> => {
    const taken = await fixture.jobQueue.boss.fetch(ANALYSIS_QUEUE, { ignoreStartAfter: true });
    const next = await openJobQueue({ database: fixture.database, logger: pino({ level: 'silent' }) });
    await next.stop();
    return taken.length;
  };

  it(`is tried again after ${SILENT_DEATHS_ALLOWED} deaths and given up after the next`, async () => {
    await fixture.queue.request(makeJob('poison'));
    for (let death = 1; death <= SILENT_DEATHS_ALLOWED; death += 1) {
      expect(await dieOnce()).to.equal(1);
      expect(await fixture.queue.findState('poison'), `after death ${death}`).to.include({ kind: 'queued' });
    }
    expect(await dieOnce()).to.equal(1);
    expect(await fixture.queue.findState('poison')).to.include({ kind: 'failed', code: 'worker-lost' });
    expect(await dieOnce(), 'nothing left to take').to.equal(0);
  });
});
