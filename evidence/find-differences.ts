/** Where two JSON values differ: numbers by more than one part in ten thousand, everything else at all. */

const RELATIVE_TOLERANCE = 1e-4;
/** tau² of a homogeneous pool is 0 on one machine and 1e-9 on another. */
const ABSOLUTE_TOLERANCE = 1e-6;

/** @param ignored names of members that are not compared. One line a difference. */
export function findDifferences(one: unknown, other: unknown, ignored: readonly string[] = [], path = '$'): string[] {
  if (typeof one === 'number' && typeof other === 'number') {
    const allowed = Math.max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * Math.max(Math.abs(one), Math.abs(other)));
    return Math.abs(one - other) <= allowed ? [] : [`${path}: ${String(one)} is not ${String(other)}`];
  }
  if (!isObject(one) || !isObject(other)) return one === other ? [] : [`${path}: the values differ`];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names]
    .filter((name) => !ignored.includes(name))
    .flatMap((name) => findDifferences(one[name], other[name], ignored, `${path}.${name}`));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
