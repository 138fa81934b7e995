/** The carbon-fibre cradle under the head: a thin arc with foam inside, as added HU above air. */

const RADIUS_MM = 128;
const CENTRE_Y_MM = -14;
const SHELL_MM = 2.2;

/** HU to add to air at a point of the slice (mm from the isocentre; y toward the table). */
export function headrestHu(x: number, y: number): number {
  if (y < 52) return 0;
  const distance = Math.hypot(x, y - CENTRE_Y_MM) - RADIUS_MM + 6;
  const edge = Math.min(1, Math.max(0, (y - 52) / 6));
  if (Math.abs(distance) < SHELL_MM / 2 + 0.4) {
    return edge * 1060 * Math.min(1, SHELL_MM / 2 + 0.4 - Math.abs(distance));
  }
  return distance < 0 && distance > -9 ? 35 * edge : 0;
}
