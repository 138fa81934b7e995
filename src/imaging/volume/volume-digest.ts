/**
 * The input digest: SHA-256 over one line of canonical JSON (geometry, keys in the order below), a newline, and the
 * HU as little-endian int16. Anybody with the study can recompute it: docs/imaging.md.
 */
import { createHash } from 'node:crypto';
import type { CtVolume } from '../../assessment/domain/ct-volume.ts';

export type VolumeGeometry = Pick<
  CtVolume,
  'rows' | 'columns' | 'sliceCount' | 'pixelSpacingMm' | 'slicePositionsMm' | 'sliceThicknessMm' | 'gantryTiltDeg'
>;

/** Assumes a little-endian machine, as every platform of Node 24 is but s390x, which is refused. */
export function digestVolume(geometry: VolumeGeometry, hu: Int16Array): string {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) throw new Error('Big-endian machines are not supported');
  const { rows, columns, sliceCount, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg } = geometry;
  const header = { rows, columns, sliceCount, pixelSpacingMm, slicePositionsMm, sliceThicknessMm, gantryTiltDeg };
  return createHash('sha256')
    .update(`${JSON.stringify(header)}\n`)
    .update(new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength))
    .digest('hex');
}
