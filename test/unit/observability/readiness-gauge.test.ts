import { expect } from 'chai';
import { Registry } from 'prom-client';
import { addReadinessGauge, addServiceInfo } from '../../../src/observability/readiness-gauge.ts';

describe('readiness as figures', () => {
  it('asks at each scrape, and says of each part whether it can be used', async () => {
    const registry = new Registry();
    let fhir: 'up' | 'down' = 'up';
    addReadinessGauge(registry, () =>
      Promise.resolve({ ready: fhir === 'up', checks: { models: 'up', fhir } as const }),
    );
    expect(await registry.metrics()).to.contain('service_ready{check="fhir"} 1');
    fhir = 'down';
    const text = await registry.metrics();
    expect(text).to.contain('service_ready{check="fhir"} 0').and.to.contain('service_ready{check="models"} 1');
  });

  it('says which release and which networks answer', async () => {
    const registry = new Registry();
    addServiceInfo(registry, { version: '1.2.3', ensemble: 'two', digest: 'abc' });
    expect(await registry.metrics()).to.contain('service_info{version="1.2.3",ensemble="two",digest="abc"} 1');
  });
});
