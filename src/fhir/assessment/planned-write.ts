/** A resource that is to stand in the chart once, with the condition under which it already does. */
import { createHash } from 'node:crypto';
import type { Reference, Resource } from '@medplum/fhirtypes';
import { IDENTIFIERS } from '../terminology/canonical.ts';

export interface PlannedWrite {
  /** urn:uuid by which other entries refer to this one. */
  readonly placeholder: string;
  readonly resource: Resource;
  /** Search parameter and value that find the resource if it exists. */
  readonly condition: { readonly parameter: 'identifier' | '_tag'; readonly system: string; readonly value: string };
}

export function byIdentifier(resource: Resource, identifier: { system: string; value: string }): PlannedWrite {
  return { placeholder: toUrn(identifier), resource, condition: { parameter: 'identifier', ...identifier } };
}

/** Provenance and AuditEvent have no identifier in R4: a tag stands for it (ADR 0053). */
export function byTag(resource: Resource, value: string): PlannedWrite {
  const tag = { system: IDENTIFIERS.record, value };
  return { placeholder: toUrn(tag), resource, condition: { parameter: '_tag', ...tag } };
}

export function refer<Target extends Resource>(write: PlannedWrite): Reference<Target> {
  return { reference: write.placeholder };
}

/** `identifier=system|value`, escaped for a URL; no value of ours holds `,`, `$` or `|` (FHIR R4 search#escaping). */
export function toCriteria({ condition }: PlannedWrite): string {
  return `${condition.parameter}=${encodeURIComponent(`${condition.system}|${condition.value}`)}`;
}

/** RFC 9562 5.8: a version 8 UUID over what identifies the resource, so that a retry sends the same Bundle. */
function toUrn({ system, value }: { system: string; value: string }): string {
  const hex = createHash('sha256').update(`${system}|${value}`).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
