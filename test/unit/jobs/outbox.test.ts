import { expect } from 'chai';
import { createRevisionKey } from '../../../src/assessment/assessment-key.ts';
import type { StudyAssessment } from '../../../src/assessment/domain/finding.ts';
import type { AuditRecord } from '../../../src/assessment/domain/ports.ts';
import { Fault } from '../../../src/errors.ts';
import { createAuditOutbox } from '../../../src/jobs/audit-outbox.ts';
import type { IdentifiedAuditRecord } from '../../../src/jobs/audit-outbox.ts';
import { createDeferredChart } from '../../../src/jobs/deferred-chart.ts';
import type { AssessmentChart } from '../../../src/jobs/deferred-chart.ts';
import { AUDIT_QUEUE, CHART_WRITE_QUEUE } from '../../../src/jobs/job-queues.ts';
import type { JobRunner } from '../../../src/jobs/job-runner.ts';
import { createOutbox } from '../../../src/jobs/outbox.ts';
import { listOwed, readOutboxFigures } from '../../../src/jobs/outbox-ledger.ts';
import { readQueueFigures } from '../../../src/jobs/queue-figures.ts';
import { faultOf } from '../../support/fault-of.ts';
import { makeGate, openJobFixture } from './job-fixture.ts';
import type { JobFixture } from './job-fixture.ts';

const signal = new AbortController().signal;
const QUICK = { 'fhir-unavailable': { attempts: 50, firstPauseS: 1, longestPauseS: 1 } };

describe('outbox', function () {
  this.timeout(60_000);
  let fixture: JobFixture;
  const runners: JobRunner[] = [];
  before(async () => (fixture = await openJobFixture()));
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop({ graceMs: 0 })));
    await fixture.clear();
  });
  after(() => fixture.close());

  it('delivers an item and forgets it', async () => {
    const outbox = createOutbox<{ word: string }>(fixture.jobQueue, AUDIT_QUEUE);
    await outbox.put('1', { word: 'hello' });
    expect(await outbox.find('1')).to.deep.equal({ word: 'hello' });
    const delivered: unknown[] = [];
    runners.push(await outbox.startDelivery({ deliver: (item) => Promise.resolve(void delivered.push(item)) }));
    while ((await outbox.find('1')) !== undefined) await pause(20);
    expect(delivered).to.deep.equal([{ word: 'hello' }]);
  });

  it('delivers once what was put ten times under one id', async () => {
    const outbox = createOutbox<number>(fixture.jobQueue, AUDIT_QUEUE);
    await Promise.all(Array.from({ length: 10 }, (_, index) => outbox.put('same', index)));
    const gate = makeGate();
    let count = 0;
    const deliver = (): Promise<void> => {
      count += 1;
      gate.open();
      return Promise.resolve();
    };
    runners.push(await outbox.startDelivery({ deliver, concurrency: 3 }));
    await gate.opened;
    while ((await outbox.find('same')) !== undefined) await pause(20);
    expect(count).to.equal(1);
  });

  it('keeps trying while the other side is down', async () => {
    const outbox = createOutbox<string>(fixture.jobQueue, AUDIT_QUEUE);
    let attempts = 0;
    const deliver = (): Promise<void> => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(new Fault('fhir-unavailable', 'down')) : Promise.resolve();
    };
    await outbox.put('late', 'x');
    runners.push(await outbox.startDelivery({ deliver, retries: QUICK, random: () => 0 }));
    while ((await outbox.find('late')) !== undefined) await pause(50);
    expect(attempts).to.equal(3);
  });

  it('keeps an item that was refused for good until it is to be delivered again', async () => {
    const outbox = createOutbox<string>(fixture.jobQueue, AUDIT_QUEUE);
    let refuses = true;
    const deliver = (): Promise<void> =>
      refuses ? Promise.reject(new Fault('fhir-refused', 'no')) : Promise.resolve();
    await outbox.put('stubborn', 'x');
    runners.push(await outbox.startDelivery({ deliver }));
    while ((await readQueueFigures(fixture.jobQueue, AUDIT_QUEUE)).failed === 0) await pause(20);
    expect(await outbox.find('stubborn')).to.equal('x');
    while ((await countRefused(fixture)) === 0) await pause(20);
    refuses = false;
    expect(await outbox.redeliverRefused()).to.equal(1);
    while ((await outbox.find('stubborn')) !== undefined) await pause(20);
  });

  it('delivers an item that was left without a job', async () => {
    const outbox = createOutbox<string>(fixture.jobQueue, AUDIT_QUEUE);
    await outbox.put('forgotten', 'x');
    await fixture.database.query('DELETE FROM pgboss.job');
    const delivered = makeGate();
    runners.push(
      await outbox.startDelivery({
        deliver: async () => {
          delivered.open();
          await Promise.resolve();
        },
      }),
    );
    await delivered.opened;
  });

  it('refuses a queue that does not exist', () => {
    expect(() => createOutbox<string>(fixture.jobQueue, 'no-such-queue'))
      .to.throw()
      .with.property('code', 'config-invalid');
  });

  describe('of audit events', () => {
    it('gives each event an id of its own that stays the same over retries', async () => {
      const audit = createAuditOutbox({ jobQueue: fixture.jobQueue });
      const record: AuditRecord = { kind: 'evidence-viewed', at: '2026-11-23T10:00:00Z', outcome: 'success' };
      await audit.record(record);
      await audit.record(record);
      const written: IdentifiedAuditRecord[] = [];
      const all = makeGate();
      runners.push(
        await audit.startDelivery({
          write: (event) => {
            written.push(event);
            if (written.length === 1) return Promise.reject(new Fault('fhir-unavailable', 'down'));
            if (written.length === 3) all.open();
            return Promise.resolve();
          },
        }),
      );
      await all.opened;
      const ids = written.map(({ id }) => id);
      expect(new Set(ids).size).to.equal(2);
      expect(written[2]?.record).to.deep.equal(record);
    });
  });

  describe('of a chart that is down', () => {
    const assessment = { key: 'k'.repeat(64), patientId: 'p1' } as unknown as StudyAssessment;
    const makeChart = () => {
      const written: StudyAssessment[] = [];
      const state = { fault: undefined as Fault | undefined, written };
      const chart: AssessmentChart = {
        recordAssessment: (given) => {
          if (state.fault) return Promise.reject(state.fault);
          written.push(given);
          return Promise.resolve();
        },
        findCurrentAssessment: (firstKey) =>
          state.fault
            ? Promise.reject(state.fault)
            : Promise.resolve(written.findLast(({ key, revision }) => (revision?.firstKey ?? key) === firstKey)),
        findAssessment: (key) =>
          state.fault ? Promise.reject(state.fault) : Promise.resolve(written.find((given) => given.key === key)),
      };
      return { state, chart };
    };

    it('writes at once while the chart is up', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      await deferred.recordAssessment(assessment, { signal });
      expect(state.written).to.deep.equal([assessment]);
      expect(await deferred.outbox.find(assessment.key)).to.equal(undefined);
    });

    it('answers from the newest that waits to be written, behind what the chart holds and without it', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      const again = (number: number): StudyAssessment => ({
        ...assessment,
        key: createRevisionKey(assessment.key, number),
        revision: { number, firstKey: assessment.key },
      });
      const findCurrent = () => deferred.findCurrentAssessment(assessment.key, { signal });
      expect(await findCurrent()).to.equal(undefined);
      await deferred.recordAssessment(assessment, { signal });
      expect(await findCurrent()).to.deep.equal(assessment);
      state.fault = new Fault('fhir-unavailable', 'down', { retryable: true });
      await deferred.recordAssessment(again(1), { signal });
      await deferred.recordAssessment(again(2), { signal });
      // The chart alone knows the first one: without it nobody can say what stands there.
      expect(await faultOf(findCurrent())).to.have.property('code', 'fhir-unavailable');
      state.fault = undefined;
      expect(await findCurrent()).to.deep.equal(again(2));
    });

    it('answers from the chart where our own database is out', async () => {
      const { chart } = makeChart();
      const query = () => Promise.reject(new Error('no database'));
      const jobQueue = { ...fixture.jobQueue, database: { ...fixture.jobQueue.database, query } };
      const deferred = createDeferredChart({ chart, jobQueue });
      await deferred.recordAssessment(assessment, { signal });
      expect(await deferred.findCurrentAssessment(assessment.key, { signal })).to.deep.equal(assessment);
    });

    it('keeps the assessment, answers from it meanwhile, and writes it when the chart is back', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      state.fault = new Fault('fhir-unavailable', 'down', { retryable: true });
      await deferred.recordAssessment(assessment, { signal });
      expect(await deferred.findAssessment(assessment.key, { signal })).to.deep.equal(assessment);
      state.fault = undefined;
      runners.push(await deferred.startDelivery());
      while (state.written.length === 0) await pause(20);
      expect(state.written).to.deep.equal([assessment]);
      while ((await readQueueFigures(fixture.jobQueue, CHART_WRITE_QUEUE)).running > 0) await pause(20);
      expect(await deferred.findAssessment(assessment.key, { signal })).to.deep.equal(assessment);
    });

    it('keeps what the chart refuses for good, marked, and answers from it until it is delivered again', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      state.fault = new Fault('fhir-refused', 'profile violated');
      await deferred.recordAssessment(assessment, { signal });
      expect(await listOwed(fixture.database, 10)).to.have.nested.property('[0].refusedCode', 'fhir-refused');
      expect(await deferred.findAssessment(assessment.key, { signal })).to.deep.equal(assessment);
      runners.push(await deferred.startDelivery());
      await pause(200);
      expect(state.written, 'nobody tries by itself').to.deep.equal([]);
      state.fault = undefined;
      expect(await deferred.outbox.redeliverRefused()).to.equal(1);
      while (state.written.length === 0) await pause(20);
      while ((await listOwed(fixture.database, 10)).length > 0) await pause(20);
    });

    it('lets a write wait while the chart refuses our token: somebody mends that', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      state.fault = new Fault('fhir-refused', 'The FHIR server refused the token', { retryable: true });
      await deferred.recordAssessment(assessment, { signal });
      const [chartWrites] = await readOutboxFigures(fixture.database);
      expect(chartWrites).to.include({ queue: 'chart-write', waiting: 1, refused: 0 });
    });

    it('does not hide a fault of our own', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      state.fault = new Fault('internal', 'a bug');
      const error = await deferred.recordAssessment(assessment, { signal }).catch((caught: unknown) => caught);
      expect(error).to.equal(state.fault);
      expect(await deferred.outbox.find(assessment.key)).to.equal(undefined);
    });

    it('says that the chart is down when it has nothing to answer from', async () => {
      const { state, chart } = makeChart();
      const deferred = createDeferredChart({ chart, jobQueue: fixture.jobQueue });
      state.fault = new Fault('fhir-unavailable', 'down');
      const error = await deferred.findAssessment('unknown', { signal }).catch((caught: unknown) => caught);
      expect(error).to.equal(state.fault);
    });
  });
});

async function countRefused({ database }: JobFixture): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    'SELECT count(*) AS n FROM outbox_item WHERE failed_code IS NOT NULL',
  );
  return rows[0]?.n ?? 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
