import { expect } from 'chai';
import { createReadiness } from '../../../src/observability/health.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';

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

  it('shows the queue and the stages in Prometheus text', async () => {
    const metrics = createMetrics(() => Promise.resolve({ waiting: 3, running: 1, oldestWaitingSeconds: 12 }));
    metrics.observeStages({ fetch: 250 });
    metrics.countFinding({ target: 'ich-present', kind: 'abstained', reason: 'ct-too-old' });
    await metrics.registry.metrics();
    const text = await metrics.registry.metrics();
    expect(text).to.contain('analysis_queue_jobs{state="waiting"} 3');
    expect(text).to.contain('analysis_queue_oldest_seconds 12');
    expect(text).to.contain('assessment_stage_seconds_count{stage="fetch"} 1');
  });
});
