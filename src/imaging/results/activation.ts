/**
 * Activation maps of one target on one slice, laid over the volume's own pixels: per network the map is stretched
 * smoothly over the square that network saw, then averaged over the networks that scored the slice.
 */
import type { AssessmentEvidence } from '../../assessment/domain/finding.ts';
import { TARGETS, type Target } from '../../assessment/domain/target.ts';
import type { Rgb } from './canvas.ts';

type NetworkEvidence = AssessmentEvidence['networks'][number];

export interface PlaneSize {
  readonly rows: number;
  readonly columns: number;
}

/** @returns 0 to 1 per pixel of the slice, row by row; 0 outside of what the networks saw */
export function createActivation(
  evidence: AssessmentEvidence,
  target: Target,
  sliceIndex: number,
  size: PlaneSize,
): Float32Array {
  const plane = new Float32Array(size.rows * size.columns);
  const maps = evidence.networks.flatMap((network) => {
    const cells = network.cams[network.sliceIndexes.indexOf(sliceIndex)]?.[TARGETS.indexOf(target)];
    return cells === undefined ? [] : [{ network, cells }];
  });
  for (const { network, cells } of maps) addMap(plane, size, network, cells, 1 / maps.length);
  return plane;
}

/** Bilinear between cell centres, as the evidence page shows it. */
function addMap(
  plane: Float32Array,
  { rows, columns }: PlaneSize,
  { camSize, crop: [top, left, side] }: NetworkEvidence,
  cells: readonly number[],
  weight: number,
): void {
  const [cellRows, cellColumns] = camSize;
  const across = Array.from({ length: columns }, (_, column) => placeBetween(column, left, side, cellColumns));
  for (let row = 0; row < rows; row += 1) {
    const y = placeBetween(row, top, side, cellRows);
    if (y === undefined) continue;
    for (let column = 0; column < columns; column += 1) {
      const x = across[column];
      if (x === undefined) continue;
      const at = (cellRow: number, cellColumn: number) => cells[cellRow * cellColumns + cellColumn] ?? 0;
      const upper = at(y.first, x.first) * (1 - x.share) + at(y.first, x.second) * x.share;
      const lower = at(y.second, x.first) * (1 - x.share) + at(y.second, x.second) * x.share;
      const place = row * columns + column;
      plane[place] = (plane[place] ?? 0) + weight * (upper * (1 - y.share) + lower * y.share);
    }
  }
}

interface Between {
  readonly first: number;
  readonly second: number;
  /** Of the second cell. */
  readonly share: number;
}

/** Between which two cells the centre of a pixel lies; undefined outside of the square. */
function placeBetween(pixel: number, start: number, side: number, count: number): Between | undefined {
  const inside = (pixel + 0.5 - start) / side;
  if (inside < 0 || inside >= 1) return undefined;
  const place = Math.max(0, Math.min(count - 1, inside * count - 0.5));
  const first = Math.floor(place);
  return { first, second: Math.min(first + 1, count - 1), share: place - first };
}

/** Yellow to red, as on the evidence page. */
export function toHeatColor(value: number): Rgb {
  return [255, Math.round(210 - 180 * value), 30];
}

/** Weak activation stays clear; the strongest still lets half of the CT through. */
const CLEAR_BELOW = 0.15;
const LARGEST_OPACITY = 0.5;

export function toOpacity(value: number): number {
  return Math.max(0, (value - CLEAR_BELOW) / (1 - CLEAR_BELOW)) * LARGEST_OPACITY;
}
