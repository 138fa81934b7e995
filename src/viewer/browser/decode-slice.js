/** Undoes src/viewer/encode-slice.ts: low and high bytes joined, error unfolded, median edge prediction added. */
import { say } from './words.js';

/**
 * Lossless. Throws where bytes are missing.
 * @param {Uint8Array} planes 2 * rows * columns bytes
 * @returns {Int16Array} HU, row by row
 */
export function decodeSlice(planes, rows, columns) {
  const length = rows * columns;
  if (planes.length !== 2 * length) throw new Error(say('ct.slice-incomplete'));
  const pixels = new Int16Array(length);
  for (let at = 0; at < length; at += 1) {
    const folded = planes[at] | (planes[length + at] << 8);
    const error = folded & 1 ? -(folded + 1) / 2 : folded / 2;
    pixels[at] = predictPixel(pixels, at, columns) + error;
  }
  return pixels;
}

function predictPixel(pixels, at, columns) {
  const hasLeft = at % columns !== 0;
  const left = hasLeft ? pixels[at - 1] : 0;
  const above = at >= columns ? pixels[at - columns] : 0;
  const corner = hasLeft && at >= columns ? pixels[at - columns - 1] : 0;
  if (corner >= Math.max(left, above)) return Math.min(left, above);
  if (corner <= Math.min(left, above)) return Math.max(left, above);
  return left + above - corner;
}
