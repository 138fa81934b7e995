/**
 * May a request name this FHIR server? Only addresses agreed on with the caller count; anything else would let a
 * stranger choose whom we talk to (SSRF) and whose patient an id means.
 */

/** Same origin, and the same path or one below it; an entry without a path allows its whole origin. */
export function isAllowedFhirServer(address: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(address)) return false;
  const asked = new URL(address);
  if (asked.username !== '' || asked.password !== '' || asked.search !== '' || asked.hash !== '') return false;
  return allowed.some((entry) => {
    if (!URL.canParse(entry)) return false;
    const known = new URL(entry);
    const base = known.pathname.replace(/\/+$/, '');
    return asked.origin === known.origin && `${asked.pathname}/`.startsWith(`${base}/`);
  });
}

/** The very same base, spelled as it may be; one below it may be another tenant, with other patients. */
export function isSameFhirServer(one: string, other: string): boolean {
  const [a, b] = [toAddress(one), toAddress(other)];
  return a !== undefined && a === b;
}

function toAddress(base: string): string | undefined {
  if (!URL.canParse(base)) return undefined;
  const { origin, pathname, username, password, search, hash } = new URL(base);
  return username || password || search || hash ? undefined : `${origin}${pathname.replace(/\/+$/, '')}`;
}
