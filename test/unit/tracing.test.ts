import { expect } from 'chai';
import { pino } from 'pino';
import { Fault } from '../../src/errors.ts';
import { startTracing, type Tracing } from '../../src/observability/start-tracing.ts';
import { carryTrace, startStep, traceStep } from '../../src/tracing.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { makeJob, openJobFixture, type JobFixture } from './jobs/job-fixture.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = { from: 'caller', traceparent: `00-${TRACE}-b7ad6b7169203331-01` } as const;

describe('tracing, off', () => {
  it('runs the work, hands back what it gives and carries nothing', async () => {
    expect(traceStep('step', {}, () => 1)).to.equal(1);
    expect(await traceStep('step', {}, () => Promise.resolve(carryTrace()))).to.deep.equal({});
    startStep('step').end();
  });

  it('throws what the work throws', async () => {
    const fault = new Fault('pacs-refused', 'no');
    const reject = () => Promise.reject(fault);
    expect(await traceStep('step', {}, reject).catch((error: unknown) => error)).to.equal(fault);
    expect(() =>
      traceStep('step', {}, () => {
        throw fault;
      }),
    ).to.throw(fault);
  });
});

describe('tracing, on', function () {
  this.timeout(60_000);
  let collector: OtlpReceiver;
  let tracing: Tracing;
  let jobs: JobFixture;
  let spans: readonly ReceivedSpan[];
  const carried: Record<string, unknown> = {};

  before(async () => {
    jobs = await openJobFixture();
    collector = await startOtlpReceiver();
    tracing = await startTracing({
      endpoint: `${collector.endpoint}/`,
      version: '1',
      logger: pino({ enabled: false }),
    });
    traceStep('honoured', {}, () => undefined, CALLER);
    traceStep('malformed', {}, () => undefined, { from: 'caller', traceparent: `00-${TRACE}-nonsense` });
    traceStep('not sampled', {}, () => undefined, {
      from: 'caller',
      traceparent: `${CALLER.traceparent.slice(0, -1)}0`,
    });
    const refuse = () => Promise.reject(new Fault('fhir-refused', 'Testerman, Testa'));
    await traceStep('failed', {}, refuse).catch(() => undefined);
    await jobs.queue.request(makeJob('arrival'));
    await traceStep('order', {}, () => jobs.queue.request(makeJob('arrival', 'order')), CALLER);
    const { rows } = await jobs.database.query<{ data: object; priority: number }>(
      "SELECT data, priority FROM pgboss.job WHERE singleton_key = 'arrival'",
    );
    Object.assign(carried, rows[0]);
    await tracing.stop();
    spans = collector.spans();
  });
  after(async () => {
    await collector.close();
    await jobs.close();
  });

  const find = (name: string): ReceivedSpan | undefined => spans.find((span) => span.name === name);

  it("hangs a step below the caller's, and gives a malformed header a tree of its own", () => {
    expect(find('honoured')?.traceId).to.equal(TRACE);
    expect(find('malformed')?.traceId)
      .to.match(/^[0-9a-f]{32}$/)
      .and.not.to.equal(TRACE);
  });

  it('honours that the caller does not want it sampled', () => {
    expect(find('not sampled')).to.equal(undefined);
  });

  it('names a fault by its code, never by its text', () => {
    expect(find('failed')?.attributes['error.type']).to.equal('fhir-refused');
    expect(collector.bodies.join('')).not.to.contain('Testerman');
  });

  it("makes the job of an arrival the order's, with its priority and its trace", () => {
    expect(carried['priority']).to.equal(10);
    expect(carried['data']).to.include({ key: 'arrival', imagingStudyId: 'study-arrival' });
    const order = find('order');
    expect((carried['data'] as { traceparent: string }).traceparent).to.equal(
      `00-${TRACE}-${order?.spanId ?? 'none'}-01`,
    );
  });

  it('is off again after it was stopped', () => {
    expect(traceStep('late', {}, () => carryTrace(), CALLER)).to.deep.equal({});
  });
});
