/**
 * Slices in memory for as long as the page is open. The slices that drove the findings come first, then the rest
 * outwards from the slice in view; a slice that is asked for jumps the queue.
 */
import { decodeSlice } from './decode-slice.js';
import { evidenceServer } from './evidence-server.js';

/** The first slice travels alone: it is the one somebody waits for. */
const PARALLEL = 3;

/**
 * @param {number[]} firstSlices the first of them is volume.firstSlice
 * @param {Promise<Uint8Array> | undefined} arriving volume.firstSlice, asked for already
 */
export function createSliceStore(volume, firstSlices, onArrived, arriving) {
  const slices = new Map();
  const waiting = [...new Set([...firstSlices, ...outwards(firstSlices[0] ?? 0, volume.sliceCount)])];
  const underway = new Set();

  async function fetchOne(index) {
    underway.add(index);
    try {
      const bytes = index === volume.firstSlice && arriving ? arriving : evidenceServer.readSlice(index);
      arriving = undefined;
      slices.set(index, decodeSlice(await bytes, volume.rows, volume.columns));
      onArrived(index);
    } catch (error) {
      onArrived(index, error);
    } finally {
      underway.delete(index);
      pump();
    }
  }

  function pump() {
    const limit = slices.size === 0 ? 1 : PARALLEL;
    while (underway.size < limit && waiting.length > 0) {
      const index = waiting.shift();
      if (!slices.has(index) && !underway.has(index)) void fetchOne(index);
    }
  }

  pump();
  return {
    /** HU of a slice, or undefined while it is on its way. */
    find(index) {
      if (!slices.has(index) && !underway.has(index)) {
        waiting.unshift(index);
        pump();
      }
      return slices.get(index);
    },
    count: () => slices.size,
  };
}

function outwards(from, count) {
  return Array.from({ length: count }, (_, index) => index).sort(
    (one, other) => Math.abs(one - from) - Math.abs(other - from),
  );
}
