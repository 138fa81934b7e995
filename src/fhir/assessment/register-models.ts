/**
 * The Devices and model cards that results refer to: written once per version, before the first result. In the
 * steady state this is one search. A network's Device is written after its card, so a Device implies its card.
 */
import type { Device, Reference } from '@medplum/fhirtypes';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { IDENTIFIERS } from '../terminology/canonical.ts';
import {
  findModelCardReference,
  toEnsembleDevice,
  toModelCard,
  toNetworkDevice,
  toServiceDevice,
  toServiceIdentifier,
} from './devices.ts';
import type { Ensemble, Network, ServiceIdentity } from './devices.ts';
import { byIdentifier, refer } from './planned-write.ts';
import type { PlannedWrite } from './planned-write.ts';
import { writeInSteps } from './write-in-steps.ts';

export interface ModelContext {
  readonly service: ServiceIdentity;
  /** Markdown of a network's model card; undefined where there is none. */
  readonly readModelCard: (network: Network) => string | undefined;
}

export interface ModelReferences {
  readonly service: Reference<Device>;
  readonly ensemble: Reference<Device>;
  readonly networks: readonly Reference<Device>[];
  readonly modelCards: readonly Reference[];
}

interface CallOptions {
  readonly signal: AbortSignal;
}

export async function registerModels(
  connection: FhirConnection,
  ensemble: Ensemble,
  context: ModelContext,
  options: CallOptions,
): Promise<ModelReferences> {
  const registered = await findRegistered(connection, ensemble, context.service, options);
  if (registered) return registered;
  const plan = planModels(ensemble, context);
  const written = await writeInSteps(connection, plan.all, options);
  const resolve = (write: PlannedWrite) => ({ reference: written.get(write.placeholder) ?? '' });
  return {
    service: resolve(plan.service),
    ensemble: resolve(plan.ensemble),
    networks: plan.networks.map(resolve),
    modelCards: plan.cards.map(resolve),
  };
}

/** All Devices by one search; undefined when one of them is not there yet. */
async function findRegistered(
  connection: FhirConnection,
  ensemble: Ensemble,
  service: ServiceIdentity,
  options: CallOptions,
): Promise<ModelReferences | undefined> {
  const wanted = [
    toServiceIdentifier(service),
    { system: IDENTIFIERS.ensemble, value: ensemble.digest },
    ...ensemble.networks.map(({ digest }) => ({ system: IDENTIFIERS.network, value: digest })),
  ];
  const identifiers = wanted.map(({ system, value }) => `${system}|${value}`).join(',');
  const bundle = await connection.search(
    'Device',
    [
      ['identifier', identifiers],
      ['_count', '100'],
    ],
    options,
  );
  const devices = (bundle.entry ?? [])
    .flatMap(({ resource }) => (resource?.resourceType === 'Device' ? [resource] : []))
    .toSorted((a, b) => (a.meta?.lastUpdated ?? '').localeCompare(b.meta?.lastUpdated ?? ''));
  const found = wanted.flatMap(({ system, value }) => {
    const device = devices.find(({ identifier }) =>
      identifier?.some((one) => one.system === system && one.value === value),
    );
    return device ? [device] : [];
  });
  const [own, combined, ...networks] = found;
  if (!own || !combined || found.length !== wanted.length) return undefined;
  const toReference = (device: Device): Reference<Device> => ({ reference: `Device/${device.id ?? ''}` });
  return {
    service: toReference(own),
    ensemble: toReference(combined),
    networks: networks.map(toReference),
    modelCards: networks.flatMap((device) => findModelCardReference(device) ?? []),
  };
}

/** Service, cards, networks, ensemble: each refers only to what stands before it. */
export function planModels(ensemble: Ensemble, context: ModelContext) {
  const service = byIdentifier(toServiceDevice(context.service), toServiceIdentifier(context.service));
  const cardOf = new Map(
    ensemble.networks.flatMap((network): [Network, PlannedWrite][] => {
      const markdown = context.readModelCard(network);
      if (markdown === undefined) return [];
      const identifier = { system: IDENTIFIERS.modelCard, value: network.digest };
      return [[network, byIdentifier(toModelCard(network, markdown), identifier)]];
    }),
  );
  const networks = ensemble.networks.map((network) => {
    const card = cardOf.get(network);
    const device = toNetworkDevice(network, refer(service), card && refer(card));
    return byIdentifier(device, { system: IDENTIFIERS.network, value: network.digest });
  });
  const combined = byIdentifier(toEnsembleDevice(ensemble, refer(service)), {
    system: IDENTIFIERS.ensemble,
    value: ensemble.digest,
  });
  const cards = [...cardOf.values()];
  return { service, cards, networks, ensemble: combined, all: [service, ...cards, ...networks, combined] };
}
