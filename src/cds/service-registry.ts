/**
 * The services of this process, checked once: every definition follows the specification, all definitions of a
 * service share its id, and no two services or hooks collide. Afterwards only look-ups.
 */
import { z } from 'zod';
import { Fault } from '../errors.ts';
import type { CdsService } from './cds-service.ts';
import { serviceDefinition, type ServiceDefinition } from './discovery-schema.ts';
import { describeIssues } from './request-schema.ts';

export interface ServiceRegistry {
  readonly discovery: { readonly services: readonly ServiceDefinition[] };
  /** Throws Fault `service-unknown`. */
  requireService(id: string): CdsService;
  /** Throws Fault `request-malformed` for a hook that discovery does not offer under this id. */
  requireHook(service: CdsService, hook: string): void;
}

/** Throws Fault `config-invalid`. */
export function createServiceRegistry(services: readonly CdsService[]): ServiceRegistry {
  const byId = new Map<string, CdsService>();
  for (const service of services) {
    if (byId.has(service.id)) throw new Fault('config-invalid', `Two CDS services are called ${service.id}`);
    byId.set(service.id, service);
  }
  const definitions = services.flatMap(requireDefinitions);
  return {
    discovery: { services: definitions },
    requireService(id) {
      const service = byId.get(id);
      if (service === undefined) throw new Fault('service-unknown', 'There is no CDS service of this id');
      return service;
    },
    requireHook(service, hook) {
      if (!service.definitions.some((definition) => definition.hook === hook)) {
        throw new Fault('request-malformed', 'hook: this service does not serve this hook');
      }
    },
  };
}

function requireDefinitions(service: CdsService): readonly ServiceDefinition[] {
  const result = z.array(serviceDefinition).min(1).safeParse(service.definitions);
  if (!result.success) throw new Fault('config-invalid', `${service.id}: ${describeIssues(result.error)}`);
  const hooks = result.data.map((definition) => definition.hook);
  if (new Set(hooks).size !== hooks.length) throw new Fault('config-invalid', `${service.id} lists one hook twice`);
  if (result.data.some((definition) => definition.id !== service.id)) {
    throw new Fault('config-invalid', `${service.id} has a definition under another id`);
  }
  return result.data;
}
