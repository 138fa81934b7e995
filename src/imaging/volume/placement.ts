/**
 * Which output slice a frame goes to. Slabs average thin slices: a slice owns the space halfway to its neighbours
 * and gives each slab the share that lies inside it. Weights are whole numbers, so that sums do not depend on the
 * order in which a PACS happens to send the parts, and the digest is the same every time.
 */
import type { PlacedFrame } from './stack-check.ts';

export interface Placement {
  readonly slicePositionsMm: readonly number[];
  readonly weightSums: readonly number[];
  readonly sourceInstanceUids: readonly (readonly string[])[];
  /** Per placed frame. */
  readonly targets: readonly (readonly { readonly slice: number; readonly weight: number }[])[];
}

/** Weight of a slice that fills a whole slab: 2^10, so that 32767 HU * 2^10 * slack stays inside 32 bits. */
export const WHOLE_SLAB = 1024;

export function planSlices(placed: readonly PlacedFrame[]): Placement {
  return {
    slicePositionsMm: placed.map((frame) => frame.at),
    weightSums: placed.map(() => 1),
    sourceInstanceUids: placed.map((frame) => [frame.sopInstanceUid]),
    targets: placed.map((_, slice) => [{ slice, weight: 1 }]),
  };
}

/** @param placed sorted by position, at least two. */
export function planSlabs(placed: readonly PlacedFrame[], thicknessMm: number): Placement {
  const at = placed.map((frame) => frame.at);
  const edges = cellEdges(at);
  const bottom = edges[0] ?? 0;
  const count = Math.max(1, Math.round(((edges.at(-1) ?? 0) - bottom) / thicknessMm));
  const weightSums = new Array<number>(count).fill(0);
  const sources: string[][] = Array.from({ length: count }, () => []);
  const targets = placed.map((frame, index) => {
    const [low, high] = [(edges[index] ?? 0) - bottom, (edges[index + 1] ?? 0) - bottom];
    const own: { slice: number; weight: number }[] = [];
    for (let slice = Math.floor(low / thicknessMm); slice < count && slice * thicknessMm < high; slice++) {
      const overlap = Math.min(high, (slice + 1) * thicknessMm) - Math.max(low, slice * thicknessMm);
      const weight = Math.round((overlap / thicknessMm) * WHOLE_SLAB);
      if (weight < 1) continue;
      own.push({ slice, weight });
      weightSums[slice] = (weightSums[slice] ?? 0) + weight;
      sources[slice]?.push(frame.sopInstanceUid);
    }
    return own;
  });
  const slicePositionsMm = Array.from({ length: count }, (_, slice) => {
    return Math.round((bottom + (slice + 0.5) * thicknessMm) * 1e5) / 1e5;
  });
  return { slicePositionsMm, weightSums, sourceInstanceUids: sources.map((uids) => [...new Set(uids)]), targets };
}

/** n + 1 edges of n cells: halfway between neighbours, and as far out at both rims. */
function cellEdges(at: readonly number[]): readonly number[] {
  const middle = at.slice(1).map((position, index) => (position + (at[index] ?? position)) / 2);
  const [first = 0, last = 0] = [at[0], at.at(-1)];
  return [2 * first - (middle[0] ?? first), ...middle, 2 * last - (middle.at(-1) ?? last)];
}
