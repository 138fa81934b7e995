/** The same FHIR base, spelled as it may be; one below it may be another tenant, with other patients. */
export function isSameServer(one: string, other: string): boolean {
  const [a, b] = [toAddress(one), toAddress(other)];
  return a !== undefined && a === b;
}

function toAddress(base: string): string | undefined {
  if (!URL.canParse(base)) return undefined;
  const { origin, pathname, username, password, search, hash } = new URL(base);
  return username || password || search || hash ? undefined : `${origin}${pathname.replace(/\/+$/, '')}`;
}
