/**
 * What /readyz says, as figures: asked at each scrape, so that a part that is down is seen where nobody probes. And
 * which release with which networks answers: two of them at once are a rollout, or a mistake.
 */
import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from './health.ts';

export function addReadinessGauge(registry: Registry, readReadiness: () => Promise<Readiness>): void {
  new Gauge({
    name: 'service_ready',
    help: '1 where the part can be used now (models, queue, fhir), else 0',
    labelNames: ['check'],
    registers: [registry],
    async collect() {
      const { checks } = await readReadiness();
      for (const [check, state] of Object.entries(checks)) this.set({ check }, state === 'up' ? 1 : 0);
    },
  });
}

export interface ServiceInfo {
  readonly version: string;
  readonly ensemble: string;
  /** Digest of contracts and weights. */
  readonly digest: string;
}

export function addServiceInfo(registry: Registry, info: ServiceInfo): void {
  const labelNames = ['version', 'ensemble', 'digest'];
  const help = 'Always 1: release, networks that run together and their digest';
  new Gauge({ name: 'service_info', help, labelNames, registers: [registry] }).set({ ...info }, 1);
}
