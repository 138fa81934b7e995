/**
 * Who made the result: the service, the networks and their combination, each a Device that is written once per
 * version and never edited. Shape: HL7 AI Transparency on FHIR, AIDevice.
 */
import type { Device, DocumentReference, Reference } from '@medplum/fhirtypes';
import type { StudyAssessment } from '../../assessment/domain/finding.ts';
import { IDENTIFIERS, PROFILES } from '../terminology/canonical.ts';
import { AI_DEVICE, AI_MODEL_CARD, concept } from '../terminology/codings.ts';

const MODEL_CARD_EXTENSION =
  'http://hl7.org/fhir/uv/aitransparency/StructureDefinition/aitransparency.modelCardDescription';

export interface ServiceIdentity {
  /** e.g. "thrombectomy-cds". */
  readonly name: string;
  readonly version: string;
  /** The address EHRs call: who answered, in the audit. */
  readonly url: string;
}

export type Ensemble = StudyAssessment['ensemble'];
export type Network = Ensemble['networks'][number];

export function toServiceIdentifier(service: ServiceIdentity): { system: string; value: string } {
  return { system: IDENTIFIERS.service, value: `${service.name}@${service.version}` };
}

export function toServiceDevice(service: ServiceIdentity): Device {
  return {
    resourceType: 'Device',
    meta: { profile: [PROFILES.serviceDevice] },
    identifier: [toServiceIdentifier(service)],
    status: 'active',
    deviceName: [{ name: service.name, type: 'manufacturer-name' }],
    version: [{ value: service.version }],
    url: service.url,
  };
}

export function toNetworkDevice(network: Network, parent: Reference<Device>, card?: Reference): Device {
  return {
    resourceType: 'Device',
    meta: { profile: [PROFILES.networkDevice] },
    ...(card ? { extension: [{ url: MODEL_CARD_EXTENSION, valueReference: card }] } : {}),
    identifier: [{ system: IDENTIFIERS.network, value: network.digest }],
    status: 'active',
    deviceName: [{ name: network.displayName, type: 'user-friendly-name' }],
    modelNumber: network.network,
    type: concept(AI_DEVICE),
    version: [{ value: network.version }],
    parent,
  };
}

/** `version[].component` names the networks by their identifiers: what the ensemble is made of. */
export function toEnsembleDevice(ensemble: Ensemble, parent: Reference<Device>): Device {
  return {
    resourceType: 'Device',
    meta: { profile: [PROFILES.ensembleDevice] },
    identifier: [{ system: IDENTIFIERS.ensemble, value: ensemble.digest }],
    status: 'active',
    deviceName: [{ name: ensemble.id, type: 'model-name' }],
    type: concept(AI_DEVICE),
    version: [
      { value: ensemble.version },
      ...ensemble.networks.map(({ digest, version }) => ({
        component: { system: IDENTIFIERS.network, value: digest },
        value: version,
      })),
    ],
    parent,
  };
}

export function findModelCardReference(device: Device): Reference | undefined {
  return device.extension?.find(({ url }) => url === MODEL_CARD_EXTENSION)?.valueReference;
}

export function toModelCard(network: Network, markdown: string): DocumentReference {
  return {
    resourceType: 'DocumentReference',
    meta: { profile: [PROFILES.modelCard] },
    identifier: [{ system: IDENTIFIERS.modelCard, value: network.digest }],
    status: 'current',
    type: concept(AI_MODEL_CARD),
    description: `Model card of ${network.displayName} ${network.version}`,
    content: [
      {
        attachment: {
          contentType: 'text/markdown; charset=utf-8',
          data: Buffer.from(markdown).toString('base64'),
          title: `${network.network} ${network.version}`,
        },
      },
    ],
  };
}
