/**
 * Activation maps of one target on one slice, laid over the volume's own pixels: per network the map is stretched
 * smoothly over the square that network saw, then averaged over the networks that scored the slice.
 */
import type { AssessmentEvidence } from '../../assessment/domain/finding.ts';
import { TARGETS, type Target } from '../../assessment/domain/target.ts';
import type { Rgb } from './canvas.ts';

type NetworkEvidence = AssessmentEvidence['networks'][number];

/** @returns 0 to 1 at a pixel of the volume (row, column); 0 outside of what the networks saw */
export function createActivation(
  evidence: AssessmentEvidence,
  target: Target,
  sliceIndex: number,
): (row: number, column: number) => number {
  const maps = evidence.networks.flatMap((network) => {
    const cells = network.cams[network.sliceIndexes.indexOf(sliceIndex)]?.[TARGETS.indexOf(target)];
    return cells === undefined ? [] : [{ network, cells }];
  });
  return (row, column) => {
    let sum = 0;
    for (const { network, cells } of maps) sum += readMap(network, cells, row, column);
    return maps.length === 0 ? 0 : sum / maps.length;
  };
}

/** Bilinear between cell centres, as the evidence page shows it. */
function readMap(network: NetworkEvidence, cells: readonly number[], row: number, column: number): number {
  const [rows, columns] = network.camSize;
  const [top, left, side] = network.crop;
  const [inY, inX] = [(row + 0.5 - top) / side, (column + 0.5 - left) / side];
  if (inY < 0 || inX < 0 || inY >= 1 || inX >= 1) return 0;
  const y = clamp(inY * rows - 0.5, rows - 1);
  const x = clamp(inX * columns - 0.5, columns - 1);
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [y1, x1] = [Math.min(y0 + 1, rows - 1), Math.min(x0 + 1, columns - 1)];
  const cell = (cellRow: number, cellColumn: number) => cells[cellRow * columns + cellColumn] ?? 0;
  const upper = cell(y0, x0) * (1 - (x - x0)) + cell(y0, x1) * (x - x0);
  const lower = cell(y1, x0) * (1 - (x - x0)) + cell(y1, x1) * (x - x0);
  return upper * (1 - (y - y0)) + lower * (y - y0);
}

function clamp(value: number, largest: number): number {
  return Math.max(0, Math.min(largest, value));
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
