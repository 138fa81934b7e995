import { expect } from 'chai';
import { createReadiness, excludeChecks } from '../../../src/observability/health.ts';
import { createMetrics, type BacklogReader } from '../../../src/observability/metrics.ts';

const BACKLOG: BacklogReader = {
  readFigures: () =>
    Promise.resolve({
      ...{ waiting: 3, running: 1, retrying: 0, failed: 0 },
      ...{ oldestWaitingSeconds: 12, completedPerMinute: 4 },
    }),
  readOutboxes: () => Promise.resolve([{ queue: 'chart-write', waiting: 1, refused: 2, oldestSeconds: 60 }]),
};

describe('health and metrics', () => {
  it('is ready when every check is up', async () => {
    const readiness = await createReadiness([{ name: 'models', check: () => true }])();
    expect(readiness).to.deep.equal({ ready: true, checks: { models: 'up' } });
  });

  it('names what is down, a throwing check included', async () => {
    const readiness = await createReadiness([
      { name: 'models', check: () => true },
      { name: 'fhir', check: () => Promise.reject(new Error('refused')) },
    ])();
    expect(readiness).to.deep.equal({ ready: false, checks: { models: 'up', fhir: 'down' } });
  });

  it('leaves out what a load balancer must not judge one replica by, and nothing else', () => {
    const readiness = { ready: false, checks: { models: 'up', queue: 'up', fhir: 'down' } } as const;
    expect(excludeChecks(readiness, ['fhir'])).to.deep.equal({ ready: true, checks: { models: 'up', queue: 'up' } });
    expect(excludeChecks(readiness, ['models'])).to.have.property('ready', false);
    expect(excludeChecks(readiness, [])).to.deep.equal(readiness);
  });

  it('shows the queue and the stages in Prometheus text', async () => {
    const metrics = createMetrics(BACKLOG);
    metrics.observeStages({ fetch: 250 });
    metrics.countFinding({ target: 'ich-present', kind: 'abstained', reason: 'ct-too-old' });
    const text = await metrics.registry.metrics();
    expect(text).to.contain('analysis_queue_jobs{state="waiting"} 3');
    expect(text).to.contain('analysis_queue_oldest_seconds 12');
    expect(text).to.contain('outbox_items{queue="chart-write",state="refused"} 2');
    expect(text).to.contain('assessment_stage_seconds_count{stage="fetch"} 1');
  });

  it('leaves the queue out, and says so, while the database cannot be asked; everything else stays', async () => {
    let isDown = false;
    const readFigures = () => (isDown ? Promise.reject(new Error('down')) : BACKLOG.readFigures());
    const metrics = createMetrics({ ...BACKLOG, readFigures });
    expect(await metrics.registry.metrics()).to.contain('analysis_queue_readable 1');
    isDown = true;
    const text = await metrics.registry.metrics();
    expect(text).to.contain('analysis_queue_readable 0').and.to.contain('process_resident_memory_bytes');
    expect(text).not.to.match(/^(analysis_queue_(jobs|oldest)|outbox_)/m);
  });
});
