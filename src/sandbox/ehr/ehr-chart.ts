/**
 * The EHR's own access to its FHIR server: plain REST, as any reader of the chart would use it.
 */
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { Fault } from '../../errors.ts';
import { exchangeJson } from './exchange-json.ts';

const TIMEOUT_MS = 10_000;
const MAXIMUM_PAGES = 20;

export interface EhrChart {
  readonly url: string;
  /** Throws Fault `not-found`. */
  read<T extends Resource>(type: T['resourceType'], id: string): Promise<T>;
  /** All matches, page after page. */
  search<T extends Resource>(query: string): Promise<readonly T[]>;
  /** One answer exactly as the server gave it: what a prefetch key holds. */
  query(query: string): Promise<{ status: number; body: unknown }>;
  create<T extends Resource>(resource: T): Promise<T>;
}

export function createEhrChart(url: string): EhrChart {
  const query = async (path: string) => {
    const { status, responseBody } = await exchangeJson(`${url}/${path}`, { timeoutMs: TIMEOUT_MS });
    return { status, body: responseBody };
  };
  return {
    url,
    query,
    async read<T extends Resource>(type: T['resourceType'], id: string) {
      const { status, body } = await query(`${type}/${encodeURIComponent(id)}`);
      if (status === 404 || status === 410) throw new Fault('not-found', `There is no such ${type} in the chart`);
      return requireOk(status, body) as T;
    },
    async search<T extends Resource>(path: string) {
      const found: T[] = [];
      let next: string | undefined = path;
      for (let page = 0; next !== undefined && page < MAXIMUM_PAGES; page += 1) {
        const { status, body } = await query(next);
        const bundle = requireOk(status, body) as Bundle<T>;
        found.push(...(bundle.entry ?? []).flatMap((entry) => entry.resource ?? []));
        const following = bundle.link?.find((link) => link.relation === 'next')?.url;
        next = following?.startsWith(`${url}/`) === true ? following.slice(url.length + 1) : undefined;
      }
      return found;
    },
    async create<T extends Resource>(resource: T) {
      const { status, responseBody } = await exchangeJson(`${url}/${resource.resourceType}`, {
        body: resource,
        contentType: 'application/fhir+json',
        timeoutMs: TIMEOUT_MS,
      });
      return requireOk(status, responseBody) as T;
    },
  };
}

function requireOk(status: number, body: unknown): unknown {
  if (status < 200 || status > 299) throw new Fault('fhir-refused', `The FHIR server answered ${String(status)}`);
  return body;
}
