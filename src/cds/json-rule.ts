/**
 * CDS Hooks 2.0, Use of JSON: no element is null, "", [] or {}, unless the specification says so. Applied to
 * everything that leaves; what arrives is held to it by the schemas, field by field.
 */

/** Path of the first null or empty element, or undefined. `allowed` paths may hold an empty array. */
export function findEmptyElement(value: unknown, allowed: readonly string[] = [], path = ''): string | undefined {
  if (value === null || value === '') return path || 'body';
  if (typeof value !== 'object') return undefined;
  const children = Array.isArray(value)
    ? value.map((child: unknown, index) => [String(index), child] as const)
    : Object.entries(value).filter(([, child]) => child !== undefined);
  if (children.length === 0) return allowed.includes(path) ? undefined : path || 'body';
  for (const [name, child] of children) {
    const found = findEmptyElement(child, allowed, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
