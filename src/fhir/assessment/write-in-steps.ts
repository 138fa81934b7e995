/**
 * A plan without a transaction: one resource after the other, each looked for first and created
 * with If-None-Exist, so that a server without conditional create is served too. The RiskAssessment that carries
 * the study record is written as `registered` and made final last: until then readers take the assessment as
 * not there, and a run that was cut off is simply run again.
 */
import type { Resource } from '@medplum/fhirtypes';
import { Fault, isFault } from '../../errors.ts';
import type { FhirConnection } from '../access/fhir-connection.ts';
import { RECORD_CARRIER } from './to-risk-assessment.ts';
import { toCriteria } from './planned-write.ts';
import type { PlannedWrite } from './planned-write.ts';

interface CallOptions {
  readonly signal: AbortSignal;
}

/** Returns `Type/id` by placeholder. */
export async function writeInSteps(
  connection: FhirConnection,
  plan: readonly PlannedWrite[],
  options: CallOptions,
): Promise<ReadonlyMap<string, string>> {
  const references = new Map<string, string>();
  let finish: (() => Promise<unknown>) | undefined;
  for (const write of plan) {
    const resolved = resolvePlaceholders(write.resource, references);
    const first = isCarrier(write) ? withStatus(resolved, 'registered') : resolved;
    const stored = await findOrCreate(connection, { ...write, resource: first }, options);
    references.set(write.placeholder, `${stored.resourceType}/${stored.id}`);
    if (isCarrier(write) && 'status' in stored && stored.status === 'registered') {
      finish = () => connection.update({ ...resolved, id: stored.id }, options);
    }
  }
  await finish?.();
  return references;
}

function isCarrier({ resource, condition }: PlannedWrite): boolean {
  return resource.resourceType === 'RiskAssessment' && condition.value.endsWith(`.${RECORD_CARRIER}`);
}

function withStatus(resource: Resource, status: 'registered'): Resource {
  return { ...resource, status } as Resource;
}

async function findOrCreate(
  connection: FhirConnection,
  write: PlannedWrite,
  options: CallOptions,
): Promise<Resource & { id: string }> {
  const existing = await findOldest(connection, write, options);
  if (existing) return existing;
  try {
    const created = await connection.create(write.resource, toCriteria(write), options);
    return requireId(created);
  } catch (error) {
    // FHIR R4 http#ccreate: 412 = several match already, written by others between our search and our create.
    if (!isFault(error) || error.details['status'] !== 412) throw error;
    return (await findOldest(connection, write, options)) ?? Promise.reject(error);
  }
}

/** Of several (written by replicas on a server without conditional create) the oldest counts, for every reader. */
async function findOldest(
  connection: FhirConnection,
  { resource, condition }: PlannedWrite,
  options: CallOptions,
): Promise<(Resource & { id: string }) | undefined> {
  const value = `${condition.system}|${condition.value}`;
  const bundle = await connection.search(resource.resourceType, [[condition.parameter, value]], options);
  const found = (bundle.entry ?? []).flatMap((entry) =>
    entry.resource?.resourceType === resource.resourceType ? [requireId(entry.resource)] : [],
  );
  return found.toSorted((a, b) => toAge(a).localeCompare(toAge(b)))[0];
}

function toAge(resource: Resource & { id: string }): string {
  return `${resource.meta?.lastUpdated ?? ''} ${resource.id}`;
}

function requireId(resource: Resource): Resource & { id: string } {
  if (resource.id !== undefined) return { ...resource, id: resource.id };
  throw new Fault('fhir-unavailable', 'The FHIR server answered without an id', { retryable: true });
}

function resolvePlaceholders(resource: Resource, references: ReadonlyMap<string, string>): Resource {
  return JSON.parse(JSON.stringify(resource), (name, value: unknown) =>
    name === 'reference' && typeof value === 'string' ? (references.get(value) ?? value) : value,
  ) as Resource;
}
