/**
 * Which PACS this service may talk to, and how it proves who it is. An address from a chart is only data: it is
 * used when it lies at or beneath a configured endpoint, and credentials travel nowhere else.
 */
import { Fault } from '../../errors.ts';
import type { NetworkReach } from './address-guard.ts';

export type PacsCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** Asked for before every request, so that tokens may be short-lived. */
  | { readonly kind: 'bearer'; readonly getToken: (options: { readonly signal: AbortSignal }) => Promise<string> };

export interface PacsTls {
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string;
  /** PEM of the client certificate and key: mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

export interface PacsEndpoint {
  /** DICOMweb root, e.g. `https://pacs.hospital.example/dicom-web`. */
  readonly baseUrl: string;
  readonly credentials: PacsCredentials;
  readonly tls?: PacsTls;
  /** Where its host name may resolve to; `private` for a PACS inside the hospital. Link-local is never allowed. */
  readonly reach: NetworkReach;
}

export interface ResolvedEndpoint {
  readonly base: URL;
  readonly endpoint: PacsEndpoint;
}

/** Throws Fault `config-invalid`: a wrong endpoint stops the start, not the first patient. */
export function parseEndpoint(endpoint: PacsEndpoint): ResolvedEndpoint {
  const base = parseHttpUrl(endpoint.baseUrl);
  if (!base) throw new Fault('config-invalid', 'A PACS base URL must be plain http(s) without user, query or fragment');
  const { credentials } = endpoint;
  if (base.protocol === 'http:' && credentials.kind !== 'none' && endpoint.reach !== 'loopback') {
    throw new Fault('config-invalid', 'PACS credentials need https');
  }
  if (base.protocol === 'http:' && endpoint.tls) throw new Fault('config-invalid', 'PACS TLS settings need https');
  return { base, endpoint };
}

/**
 * @param wadoRsBaseUrl from the chart; undefined = the first configured endpoint.
 * @throws Fault `pacs-not-allowed` for anything outside the list.
 */
export function resolveEndpoint(
  wadoRsBaseUrl: string | undefined,
  allowed: readonly ResolvedEndpoint[],
): ResolvedEndpoint {
  const [first] = allowed;
  if (!first) throw new Fault('config-invalid', 'No PACS is configured');
  if (wadoRsBaseUrl === undefined) return first;
  const asked = parseHttpUrl(wadoRsBaseUrl);
  const found = asked && allowed.find(({ base }) => isAtOrBeneath(asked, base));
  if (!asked || !found) throw new Fault('pacs-not-allowed', 'The chart names a PACS that is not on the allow-list');
  return { base: asked, endpoint: found.endpoint };
}

function isAtOrBeneath(asked: URL, base: URL): boolean {
  const folder = `${base.pathname.replace(/\/$/, '')}/`;
  return asked.origin === base.origin && (asked.pathname === base.pathname || asked.pathname.startsWith(folder));
}

/** `https://host/dicom-web/` and `https://host/dicom-web` are the same endpoint; anything with secrets or tricks is none. */
function parseHttpUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (/%2e|%2f|%5c|\\/i.test(url.pathname)) return undefined;
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}
