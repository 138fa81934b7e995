/**
 * UIDs that the same assessment always gets, on every replica and after every restart (ADR 0132): 2.25 and the decimal
 * form of a name-based UUID (PS3.5 B.2; RFC 9562 5.8, version 8 over SHA-256). Storing twice is storing once.
 */
import { createHash } from 'node:crypto';

const VERSION_8 = 0x80;
const VARIANT = 0x80;

/** @returns at most 44 characters, no component with a leading zero (PS3.5 9.1) */
export function createResultUid(...path: readonly (string | number)[]): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify(['thrombectomy-cds result', ...path]))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | VERSION_8;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | VARIANT;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`).toString()}`;
}

/** The software that wrote a file (PS3.10 7.1); changes when the way of writing does. */
export const IMPLEMENTATION = {
  classUid: createResultUid('implementation', 1),
  versionName: 'THROMBECTOMY_CDS',
} as const;
