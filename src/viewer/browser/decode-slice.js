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
  for (let row = 0, at = 0; row < rows; row += 1) {
    // Neighbours outside the image count as 0.
    for (let column = 0, left = 0, corner = 0; column < columns; column += 1, at += 1) {
      const above = row === 0 ? 0 : pixels[at - columns];
      const folded = planes[at] | (planes[length + at] << 8);
      const error = folded & 1 ? -((folded + 1) >> 1) : folded >> 1;
      left = predictPixel(left, above, corner) + error;
      pixels[at] = left;
      corner = above;
    }
  }
  return pixels;
}

/** Median edge detector of JPEG-LS (ITU-T T.87). */
function predictPixel(left, above, corner) {
  const low = left < above ? left : above;
  const high = left < above ? above : left;
  if (corner >= high) return low;
  if (corner <= low) return high;
  return left + above - corner;
}
