/** Deterministic UIDs under 2.25 (PS3.5 B.2): the decimal form of the first 128 bits of a SHA-256. */
import { createHash } from 'node:crypto';

/** The same path ("7/series/2/instance/14") gives the same UID; 64 characters at most. */
export function createUid(path: string): string {
  const bytes = createHash('sha256').update(`thrombectomy-cds phantom ${path}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`).toString()}`;
}
