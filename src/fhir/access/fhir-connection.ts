/**
 * One FHIR server as one identity: Medplum's client behind the guarded door. A connection with a caller's token
 * lives as long as the hook call it came with.
 */
import { ClientStorage, MedplumClient, MemoryStorage } from '@medplum/core';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { Fault } from '../../errors.ts';
import type { AccessTokens } from './access-tokens.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { isBelow, parseBaseAddress } from './server-address.ts';

export interface FhirConnectionOptions {
  /** FHIR base address, e.g. https://fhir.example.org/fhir/R4. */
  readonly baseUrl: string;
  readonly tokens: AccessTokens;
  readonly identity: 'service' | 'caller';
  readonly timeoutMs?: number;
  readonly maximumBytes?: number;
  readonly now?: () => number;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

export interface FhirConnection {
  /** Base address without a trailing slash. */
  readonly address: string;
  /** `type?parameters`; the values of `parameters` are not yet escaped. */
  search(type: string, parameters: SearchParameters, options: CallOptions): Promise<Bundle>;
  /** A `next` link of an earlier answer: followed only below this server's base. */
  page(url: string, options: CallOptions): Promise<Bundle>;
  read(reference: string, options: CallOptions): Promise<Resource>;
  transact(bundle: Bundle, options: CallOptions): Promise<Bundle>;
  /** POST with If-None-Exist; `criteria` is a search string without the type. Never repeated. */
  create(resource: Resource, criteria: string, options: CallOptions): Promise<Resource>;
  update(resource: Resource & { id: string }, options: CallOptions): Promise<Resource>;
}

export type SearchParameters = readonly (readonly [name: string, value: string])[];

/** FHIR R4 http#ops: without it a server may answer a create with nothing. Copied per call: the client adds to it. */
const RETURN_WHOLE = { Prefer: 'return=representation' };

/** FHIR R4 references#literal: Type/id, nothing else, so that no path can be smuggled in. */
const RELATIVE_REFERENCE = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})$/;

export function createFhirConnection(options: FhirConnectionOptions): FhirConnection {
  const base = parseBaseAddress(options.baseUrl);
  const now = options.now ?? Date.now;
  const client = new MedplumClient({
    baseUrl: `${base.origin}/`,
    fhirUrlPath: base.pathname.replace(/^\//, ''),
    cacheTime: 0,
    maxRetries: 0,
    extendedMode: false,
    storage: new ClientStorage(new MemoryStorage()),
    fetch: createGuardedFetch({ ...options, base, now }),
  });
  const getBundle = async (url: string, { signal }: CallOptions) => requireBundle(await client.get(url, { signal }));
  return {
    address: `${base.origin}${base.pathname.replace(/\/+$/, '')}`,
    search: (type, parameters, call) => getBundle(`${client.fhirUrl(type).href}?${toQuery(parameters)}`, call),
    page: (url, call) => {
      if (isBelow(base, url)) return getBundle(url, call);
      return Promise.reject(new Fault('fhir-not-allowed', 'A next link leads away from the FHIR server it came from'));
    },
    read: async (reference, { signal }) => {
      const [, type = '', id = ''] = RELATIVE_REFERENCE.exec(reference) ?? [];
      if (id === '') throw new Fault('not-found', 'Not a relative FHIR reference');
      return requireResource(await client.get(client.fhirUrl(type, id).href, { signal }));
    },
    transact: async (bundle, { signal }) => requireBundle(await client.executeBatch(bundle, { signal })),
    create: async (resource, criteria, { signal }) =>
      requireResource(
        await client.createResourceIfNoneExist(resource, criteria, { signal, headers: { ...RETURN_WHOLE } }),
      ),
    update: async (resource, { signal }) =>
      requireResource(
        await client.put(client.fhirUrl(resource.resourceType, resource.id).href, resource, undefined, {
          signal,
          headers: { ...RETURN_WHOLE },
        }),
      ),
  };
}

export function toQuery(parameters: SearchParameters): string {
  return new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();
}

function requireResource(value: unknown): Resource {
  if (typeof value === 'object' && value !== null && 'resourceType' in value) return value as Resource;
  throw new Fault('fhir-unavailable', 'The answer is not a FHIR resource', { retryable: true });
}

function requireBundle(value: unknown): Bundle {
  const resource = requireResource(value);
  if (resource.resourceType === 'Bundle') return resource;
  throw new Fault('fhir-unavailable', 'The answer is not a FHIR Bundle', { retryable: true });
}
