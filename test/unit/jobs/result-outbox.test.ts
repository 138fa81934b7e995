import { expect } from 'chai';
import { Fault } from '../../../src/errors.ts';
import { RESULT_QUEUE } from '../../../src/jobs/job-queues.ts';
import type { JobRunner } from '../../../src/jobs/job-runner.ts';
import { createOutbox } from '../../../src/jobs/outbox.ts';
import { createResultOutbox } from '../../../src/jobs/result-outbox.ts';
import { EXPORT_RETRIES, planRetry } from '../../../src/jobs/retry-policy.ts';
import { openJobFixture, type JobFixture } from './job-fixture.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ONCE_A_SECOND = { attempts: 100, firstPauseS: 1, longestPauseS: 1 };
const QUICK = { 'pacs-unavailable': ONCE_A_SECOND, 'pacs-refused': ONCE_A_SECOND };

describe('results owed to the archive', function () {
  this.timeout(60_000);
  let fixture: JobFixture;
  const runners: JobRunner[] = [];
  before(async () => (fixture = await openJobFixture()));
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop({ graceMs: 0 })));
    await fixture.clear();
  });
  after(() => fixture.close());

  const isOwed = async (key: string) => (await createOutbox(fixture.jobQueue, RESULT_QUEUE).find(key)) !== undefined;

  it('are kept as a key alone: what is said is read when it is sent', async () => {
    await createResultOutbox(fixture).request('k1');
    expect(await createOutbox(fixture.jobQueue, RESULT_QUEUE).find('k1')).to.deep.equal({ key: 'k1' });
  });

  for (const code of ['pacs-unavailable', 'pacs-refused'] as const) {
    it(`are tried again after ${code} until they are delivered`, async () => {
      const outbox = createResultOutbox(fixture);
      await outbox.request('k2');
      let attempts = 0;
      const deliver = (): Promise<void> => {
        attempts += 1;
        return attempts < 3 ? Promise.reject(new Fault(code, 'not now', { retryable: true })) : Promise.resolve();
      };
      runners.push(await outbox.startDelivery({ deliver, retries: QUICK, random: () => 0 }));
      while (await isOwed('k2')) await pause(20);
      expect(attempts).to.equal(3);
    });
  }

  it('stay when the archive refuses an object for good, and go out again when an operator says so', async () => {
    const outbox = createResultOutbox(fixture);
    await outbox.request('k3');
    let refuses = true;
    const deliver = () =>
      refuses ? Promise.reject(new Fault('pacs-store-refused', 'the class is not taken')) : Promise.resolve();
    runners.push(await outbox.startDelivery({ deliver, random: () => 0 }));
    while (fixture.errors.length === 0) await pause(20);
    expect(await isOwed('k3')).to.equal(true);
    refuses = false;
    while ((await outbox.redeliverRefused()) === 0) await pause(20);
    while (await isOwed('k3')) await pause(20);
  });

  it('are tried for as long as they are kept while the archive is down or the sign-in is wrong', () => {
    for (const code of ['pacs-unavailable', 'pacs-refused'] as const) {
      const fault = new Fault(code, 'x');
      expect(
        planRetry(EXPORT_RETRIES, fault, 5_000, () => 0.5),
        code,
      ).to.be.within(400, 900);
    }
    expect(planRetry(EXPORT_RETRIES, new Fault('pacs-store-refused', 'x'), 1, () => 0.5)).to.equal(undefined);
  });
});
