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
