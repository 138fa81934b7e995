/**
 * What the pixels of a volume show about themselves, in one walk: the numbers behind the quality gate. Nothing is
 * judged here; quality-gate.ts holds these against limits.json. Runs in a worker.
 */
import { findSkullBox, type HuStack, type SkullBox } from '../tensor/skull-box.ts';
import type { VolumeGeometry } from '../volume/volume-digest.ts';
import limits from './limits.json' with { type: 'json' };

export interface VolumeMeasures {
  /** Head size from the robust box around dense bone; undefined when there is no bone. */
  readonly skullBoxMm: { readonly width: number; readonly length: number } | undefined;
  /** Longest run of slices that show brain, along the normal. */
  readonly brainLengthMm: number;
  readonly brainSliceCount: number;
  /** Brain area of the uppermost slice as a share of the largest. */
  readonly topBrainShare: number;
  /** Median of the voxels inside the brain window on brain slices; NaN when there are none. */
  readonly brainMedianHu: number;
  /** 1st percentile of the outermost rows of all slices. */
  readonly rimLowHu: number;
  readonly lungShare: number;
  readonly vesselMl: number;
  readonly metalMl: number;
}

export function measureVolume(hu: Int16Array, geometry: VolumeGeometry): VolumeMeasures {
  const stack = { ...geometry, hu };
  const rimLowHu = percentile(rimHistogram(stack), 0.01);
  const box = findSkullBox(stack, limits.skullHu.value, limits.boxTail.value);
  if (!box) return { ...NO_BONE, rimLowHu };
  const [betweenRows, betweenColumns] = geometry.pixelSpacingMm;
  const slices = Array.from({ length: stack.sliceCount }, (_, slice) => measureSlice(stack, slice, box));
  const boxPixels = (box.bottom - box.top + 1) * (box.right - box.left + 1);
  const isBrain = slices.map(({ brain }) => brain / boxPixels >= limits.brainShare.minimum);
  const brainSlices = slices.filter((_, slice) => isBrain[slice]);
  const most = Math.max(...slices.map(({ brain }) => brain));
  const isWide = slices.map(({ brain }) => brain >= most * limits.vessels.brainAreaShare);
  const voxelMl = sliceVolumes(geometry).map((mm) => (mm * betweenRows * betweenColumns) / 1000);
  const volumeOf = (isIn: readonly boolean[], read: (slice: SliceMeasures) => number): number =>
    slices.reduce((sum, slice, index) => sum + (isIn[index] ? read(slice) * (voxelMl[index] ?? 0) : 0), 0);
  return {
    skullBoxMm: {
      width: (box.right - box.left + 1) * betweenColumns,
      length: (box.bottom - box.top + 1) * betweenRows,
    },
    brainLengthMm: longestRun(isBrain, sliceVolumes(geometry)),
    brainSliceCount: brainSlices.length,
    topBrainShare: most > 0 ? (slices.at(-1)?.brain ?? 0) / most : 0,
    brainMedianHu: medianOf(brainSlices),
    rimLowHu,
    lungShare: slices.reduce((sum, { lung }) => sum + lung, 0) / (boxPixels * stack.sliceCount),
    vesselMl: volumeOf(isWide, ({ vessel }) => vessel),
    metalMl: volumeOf(isBrain, ({ metal }) => metal),
  };
}

const NO_BONE = {
  skullBoxMm: undefined,
  brainLengthMm: 0,
  brainSliceCount: 0,
  topBrainShare: 0,
  brainMedianHu: NaN,
  lungShare: 0,
  vesselMl: 0,
  metalMl: 0,
};

interface SliceMeasures {
  readonly brain: number;
  readonly lung: number;
  readonly vessel: number;
  readonly metal: number;
  /** Counts of 0, 1, ... 80 HU. */
  readonly histogram: Uint32Array;
}

function measureSlice(stack: HuStack, slice: number, box: SkullBox): SliceMeasures {
  const { rows, columns, hu } = stack;
  const { minimum: brainLow, maximum: brainHigh } = limits.brainHu;
  const { lowHu: lungLow, highHu: lungHigh } = limits.lung;
  const { lowHu: vesselLow, highHu: vesselHigh } = limits.vessels;
  const metalLow = limits.metal.hu;
  const histogram = new Uint32Array(brainHigh - brainLow + 1);
  const isInCore = middleOf(box);
  let [brain, lung, vessel, metal] = [0, 0, 0, 0];
  for (let row = box.top; row <= box.bottom; row++) {
    const start = (slice * rows + row) * columns;
    for (let column = box.left; column <= box.right; column++) {
      const value = hu[start + column] ?? 0;
      if (value < lungLow) continue;
      if (value <= lungHigh) lung++;
      else if (value >= brainLow && value <= brainHigh) {
        brain++;
        histogram[value - brainLow] = (histogram[value - brainLow] ?? 0) + 1;
      } else if (value >= metalLow) metal++;
      else if (value >= vesselLow && value <= vesselHigh && isInCore(row, column)) vessel++;
    }
  }
  return { brain, lung, vessel, metal, histogram };
}

/** The ellipse of half the box's size around its middle: far from the vault, where only vessels and calcium are dense. */
function middleOf(box: SkullBox): (row: number, column: number) => boolean {
  const [centreRow, centreColumn] = [(box.top + box.bottom) / 2, (box.left + box.right) / 2];
  const [halfHeight, halfWidth] = [(box.bottom - box.top + 1) / 4, (box.right - box.left + 1) / 4];
  return (row, column) => ((row - centreRow) / halfHeight) ** 2 + ((column - centreColumn) / halfWidth) ** 2 <= 1;
}

/** Millimetres along the normal that each slice stands for: halfway to its neighbours. */
function sliceVolumes({ slicePositionsMm, sliceThicknessMm }: VolumeGeometry): readonly number[] {
  return slicePositionsMm.map((at, index) => {
    const below = slicePositionsMm[index - 1];
    const above = slicePositionsMm[index + 1];
    const down = below === undefined ? sliceThicknessMm / 2 : (at - below) / 2;
    return down + (above === undefined ? sliceThicknessMm / 2 : (above - at) / 2);
  });
}

function longestRun(isBrain: readonly boolean[], lengthsMm: readonly number[]): number {
  let [longest, run] = [0, 0];
  for (const [index, inside] of isBrain.entries()) {
    run = inside ? run + (lengthsMm[index] ?? 0) : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function medianOf(slices: readonly SliceMeasures[]): number {
  const sum = new Uint32Array(limits.brainHu.maximum - limits.brainHu.minimum + 1);
  for (const { histogram } of slices) histogram.forEach((count, value) => (sum[value] = (sum[value] ?? 0) + count));
  const counts = new Map([...sum.entries()].map(([value, count]) => [value + limits.brainHu.minimum, count]));
  return percentile(counts, 0.5);
}

function rimHistogram({ rows, columns, sliceCount, hu }: HuStack): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (let slice = 0; slice < sliceCount; slice++) {
    for (const row of [0, rows - 1]) {
      const start = (slice * rows + row) * columns;
      for (let at = start; at < start + columns; at++) counts.set(hu[at] ?? 0, (counts.get(hu[at] ?? 0) ?? 0) + 1);
    }
  }
  return counts;
}

/** NaN for an empty histogram. */
function percentile(counts: ReadonlyMap<number, number>, share: number): number {
  const sorted = [...counts.entries()].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let cumulated = 0;
  for (const [value, count] of sorted) {
    cumulated += count;
    if (cumulated >= share * total) return value;
  }
  return NaN;
}
