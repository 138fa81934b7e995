/**
 * What a prefetch key tells (CDS Hooks 2.0, Prefetch Template). "Nothing there" and "not answered" are different
 * facts: the first is an answer about the patient, the second has to be read elsewhere.
 */
import type { CdsRequest } from './request-schema.ts';

export type Prefetched =
  /** The resource, or one page of a searchset: `next` may lead on. */
  | { readonly kind: 'present'; readonly resource: Readonly<Record<string, unknown>> }
  /** Asked, and there is nothing: null, or a searchset without matches and without a next page. */
  | { readonly kind: 'empty' }
  /** The client left the key out. */
  | { readonly kind: 'absent' }
  /** The client tried and reports an OperationOutcome, or counts matches it did not send. */
  | { readonly kind: 'failed' };

export function readPrefetch(request: CdsRequest, key: string): Prefetched {
  const prefetch = request.prefetch;
  if (prefetch === undefined || !Object.hasOwn(prefetch, key)) return { kind: 'absent' };
  const resource = prefetch[key];
  if (resource === null || resource === undefined) return { kind: 'empty' };
  if (resource.resourceType === 'OperationOutcome') return { kind: 'failed' };
  if (resource.resourceType !== 'Bundle') return { kind: 'present', resource };
  const entries = Array.isArray(resource['entry']) ? (resource['entry'] as unknown[]) : [];
  if (entries.some(isOutcomeEntry) && entries.every(isOutcomeEntry)) return { kind: 'failed' };
  if (entries.length > 0 || hasNextPage(resource)) return { kind: 'present', resource };
  // Matches were counted and not sent: that is no answer about the patient.
  const total = resource['total'];
  return typeof total === 'number' && total > 0 ? { kind: 'failed' } : { kind: 'empty' };
}

function isOutcomeEntry(entry: unknown): boolean {
  const resource = (entry as { resource?: { resourceType?: unknown } } | null)?.resource;
  return resource?.resourceType === 'OperationOutcome';
}

function hasNextPage(bundle: Readonly<Record<string, unknown>>): boolean {
  const links = Array.isArray(bundle['link']) ? (bundle['link'] as unknown[]) : [];
  return links.some((link) => (link as { relation?: unknown } | null)?.relation === 'next');
}
