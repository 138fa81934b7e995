/**
 * The pixels of a volume while it is being made, in memory that all workers see. Slices are written in place;
 * slabs are summed in 32-bit integers under one lock per slab, because two workers may hold neighbours.
 */
import { PADDING_HU } from '../decode/hounsfield.ts';
import type { VolumePlan } from './volume-plan.ts';

export interface SharedVolume {
  readonly mode: VolumePlan['mode'];
  readonly slicePixels: number;
  /** Int16 per pixel: the result. */
  readonly hu: SharedArrayBuffer;
  /** Int32 per pixel; empty unless slabs are made. */
  readonly sums: SharedArrayBuffer;
  /** Int32 per slab: 0 free, 1 held. */
  readonly locks: SharedArrayBuffer;
}

export function createSharedVolume(plan: VolumePlan): SharedVolume {
  const slicePixels = plan.rows * plan.columns;
  const count = plan.slicePositionsMm.length;
  const isSlabs = plan.mode === 'slabs';
  return {
    mode: plan.mode,
    slicePixels,
    hu: new SharedArrayBuffer(count * slicePixels * 2),
    sums: new SharedArrayBuffer(isSlabs ? count * slicePixels * 4 : 0),
    locks: new SharedArrayBuffer(isSlabs ? count * 4 : 0),
  };
}

/** @returns where a slice with one target goes, to be written there at once; undefined where it has to be added. */
export function findOwnPlace(
  { mode, hu, slicePixels }: SharedVolume,
  targets: readonly { readonly slice: number }[],
): Int16Array | undefined {
  const [only] = targets;
  if (mode !== 'slices' || targets.length !== 1 || !only) return undefined;
  return new Int16Array(hu, only.slice * slicePixels * 2, slicePixels);
}

/** Adds one turned slice of HU to its targets. */
export function storeSlice(
  volume: SharedVolume,
  slice: Int16Array,
  targets: readonly { readonly slice: number; readonly weight: number }[],
): void {
  for (const target of targets) {
    const start = target.slice * volume.slicePixels;
    if (volume.mode === 'slices') new Int16Array(volume.hu).set(slice, start);
    else addWeighted(volume, slice, target);
  }
}

function addWeighted(volume: SharedVolume, slice: Int16Array, target: { slice: number; weight: number }): void {
  const sums = new Int32Array(volume.sums, target.slice * volume.slicePixels * 4, volume.slicePixels);
  const locks = new Int32Array(volume.locks);
  while (Atomics.compareExchange(locks, target.slice, 0, 1) !== 0) Atomics.wait(locks, target.slice, 1);
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (slice[i] ?? 0) * target.weight;
  Atomics.store(locks, target.slice, 0);
  Atomics.notify(locks, target.slice, 1);
}

/** Turns the sums of slabs into HU (rounded to nearest); a no-op where no slab was made. */
export function settleSlabs(volume: SharedVolume, weightSums: readonly number[]): void {
  if (volume.mode === 'slices') return;
  const hu = new Int16Array(volume.hu);
  const sums = new Int32Array(volume.sums);
  for (const [slab, weight] of weightSums.entries()) {
    const start = slab * volume.slicePixels;
    for (let i = start; i < start + volume.slicePixels; i++) {
      hu[i] = weight > 0 ? Math.round((sums[i] ?? 0) / weight) : PADDING_HU;
    }
  }
}
