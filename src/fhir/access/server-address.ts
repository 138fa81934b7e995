/**
 * FHIR base addresses and who may be called. An address that arrives in a request, a Bundle link or a resource
 * is data, never trust: it is followed only below a base address that the site has configured (SSRF).
 */
import { Fault } from '../../errors.ts';

/** A normalised base: scheme, host, port and path, without a trailing slash, query or fragment. */
export function parseBaseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new Fault('config-invalid', 'A FHIR base address must be http(s), without credentials, query or fragment');
  }
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** True when `address` lies at or below `base`: same origin, path continued at a slash, no encoded dots or slashes. */
export function isBelow(base: URL, address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.origin !== base.origin || url.username || url.password) return false;
  if (/%2e|%2f|%5c/i.test(url.pathname)) return false;
  const path = base.pathname.replace(/\/+$/, '');
  return url.pathname === path || url.pathname.startsWith(`${path}/`);
}

/**
 * The caller's `fhirServer` as a base, when it lies at or below an entry of the allow-list (an origin or a base
 * address); throws `fhir-not-allowed` otherwise.
 */
export function requireListed(fhirServer: string, allowed: readonly string[]): URL {
  const listed = allowed.map(parseBaseAddress).some((entry) => isBelow(entry, fhirServer));
  if (!listed || !isPlain(new URL(fhirServer))) {
    throw new Fault('fhir-not-allowed', "The caller's FHIR server is not on this site's allow-list");
  }
  return parseBaseAddress(fhirServer);
}

function isPlain(url: URL): boolean {
  return !url.username && !url.password && !url.search && !url.hash;
}
