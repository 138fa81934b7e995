/** What GET /metadata answers: enough for a client to see version, formats and interactions. */
import { globalSchema } from '@medplum/core';
import type { CapabilityStatement, ResourceType } from '@medplum/fhirtypes';

const INTERACTIONS = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'create',
  'search-type',
] as const;

/** The day this description was last changed (FHIR R4 CapabilityStatement.date). */
const DESCRIBED_ON = '2026-11-23';

export function describeServer(url: string): CapabilityStatement {
  const types = Object.keys(globalSchema.types).filter((name) => globalSchema.types[name]?.searchParams);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    date: DESCRIBED_ON,
    fhirVersion: '4.0.1',
    format: ['json'],
    implementation: { description: 'Sandbox FHIR server, in memory', url },
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
        resource: types.map((type) => ({
          type: type as ResourceType,
          interaction: INTERACTIONS.map((code) => ({ code })),
          conditionalCreate: true,
          conditionalUpdate: true,
        })),
      },
    ],
  };
}
