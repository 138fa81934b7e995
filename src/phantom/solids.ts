/**
 * Signed distances (mm, negative inside, approximate) to the solids anatomy is built from, and the blends between
 * them. Written for speed: called tens of millions of times per study.
 */

/** Ellipsoid with semi-axes a, b, c around the origin. */
export function ellipsoid(x: number, y: number, z: number, a: number, b: number, c: number): number {
  const u = x / a;
  const v = y / b;
  const w = z / c;
  const k = Math.sqrt(u * u + v * v + w * w);
  if (k < 1e-6) return -Math.min(a, b, c);
  const p = u / a;
  const q = v / b;
  const r = w / c;
  return (k * (k - 1)) / Math.sqrt(p * p + q * q + r * r);
}

/** A chain of balls: [x, y, z, radius] per node, radius interpolated along each segment. */
export type Tube = readonly (readonly [number, number, number, number])[];

export interface CompiledTube {
  readonly nodes: Float64Array;
  /** Box around the tube with a margin: x0, x1, y0, y1, z0, z1. */
  readonly box: readonly [number, number, number, number, number, number];
}

export function compileTube(tube: Tube, margin: number): CompiledTube {
  const along = (axis: 0 | 1 | 2, sign: 1 | -1): number =>
    sign * Math.max(...tube.map((node) => sign * node[axis] + node[3] + margin));
  return {
    nodes: Float64Array.from(tube.flat()),
    box: [along(0, -1), along(0, 1), along(1, -1), along(1, 1), along(2, -1), along(2, 1)],
  };
}

/** Distance to a tube; 1e3 outside its box. `flatten` < 1 makes the section taller than wide (x counts more). */
export function tubeDistance(tube: CompiledTube, x: number, y: number, z: number, widen = 1): number {
  const { box } = tube;
  if (x < box[0] || x > box[1] || y < box[2] || y > box[3] || z < box[4] || z > box[5]) return 1e3;
  const n = tube.nodes as unknown as Record<number, number>;
  let best = 1e3;
  for (let at = 0; at + 7 < tube.nodes.length; at += 4) {
    const ax = n[at] as number;
    const ay = n[at + 1] as number;
    const az = n[at + 2] as number;
    const ar = n[at + 3] as number;
    const bx = (n[at + 4] as number) - ax;
    const by = (n[at + 5] as number) - ay;
    const bz = (n[at + 6] as number) - az;
    const br = (n[at + 7] as number) - ar;
    let t = ((x - ax) * bx + (y - ay) * by + (z - az) * bz) / (bx * bx + by * by + bz * bz);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const dx = x - ax - t * bx;
    const dy = y - ay - t * by;
    const dz = z - az - t * bz;
    const distance = Math.sqrt(dx * dx + dy * dy + dz * dz) - (ar + t * br) * widen;
    if (distance < best) best = distance;
  }
  return best;
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = (value - low) / (high - low);
  return t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t);
}

/** Minimum of two distances with a fillet of radius `k`. */
export function smoothMin(a: number, b: number, k: number): number {
  const h = k - Math.abs(a - b);
  return Math.min(a, b) - (h > 0 ? (h * h) / (4 * k) : 0);
}

/** Share of a sample of the given width (mm) that lies inside a surface at signed distance `distance`. */
export function coverage(distance: number, width: number): number {
  const t = 0.5 - distance / width;
  return t <= 0 ? 0 : t >= 1 ? 1 : t;
}
