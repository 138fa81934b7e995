/**
 * From what the instances say about themselves to where every frame goes, before a pixel moves. Slices are ordered
 * by position along the slice normal, never by number or name. Gaps, duplicates and mixed geometry are refused by
 * name; gantry tilt and uneven spacing are kept as they are (CtVolume states every slice's position).
 */
import { abstain, type Abstention } from '../../assessment/domain/abstention.ts';
import type { InstanceFacts } from '../decode/instance-facts.ts';
import { dot, readOrientation, type SliceOrientation, type SliceTransform } from './orientation.ts';
import { planSlabs, planSlices, type Placement } from './placement.ts';
import type { GeometryLimits } from './geometry-limits.ts';
import { findStackFault, type PlacedFrame } from './stack-check.ts';

export interface PlannedFrame {
  readonly frameIndex: number;
  readonly position: readonly number[];
  readonly orientation: readonly number[];
  /** Output slices this frame contributes to; one with weight 1 where no slab is made, none at a dropped rim. */
  readonly targets: readonly { readonly slice: number; readonly weight: number }[];
}

export interface VolumePlan {
  readonly mode: 'slices' | 'slabs';
  /** Of the CtVolume, after the turn. */
  readonly rows: number;
  readonly columns: number;
  /** Of the files. */
  readonly sourceRows: number;
  readonly sourceColumns: number;
  readonly transform: SliceTransform;
  readonly pixelSpacingMm: readonly [number, number];
  readonly slicePositionsMm: readonly number[];
  readonly sliceThicknessMm: number;
  readonly gantryTiltDeg: number;
  /** Sum of weights per output slice. */
  readonly weightSums: readonly number[];
  readonly sourceInstanceUids: readonly (readonly string[])[];
  readonly frames: ReadonlyMap<string, readonly PlannedFrame[]>;
  /** Of the acquired stack, before slabs. */
  readonly acquired: { readonly sliceCount: number; readonly spacingMm: number; readonly thicknessMm: number };
}

/** @param instances every instance of one series. */
export function planVolume(instances: readonly InstanceFacts[], limits: GeometryLimits): VolumePlan | Abstention {
  const stack = readStack(instances, limits);
  if ('kind' in stack) return stack;
  const { placed, orientation, first } = stack;
  const fault = findStackFault(placed, orientation, limits);
  if (fault) return fault;
  const spacingMm = median(placed.slice(1).map((frame, index) => frame.at - (placed[index]?.at ?? frame.at)));
  const thicknessMm = median(placed.map((frame) => frame.thicknessMm));
  const isThin = placed.length > 1 && spacingMm < limits.slabBelowSpacingMm;
  const placement = isThin ? planSlabs(placed, limits.slabThicknessMm) : planSlices(placed);
  if (placement.slicePositionsMm.length > limits.maximumSlices) {
    return abstain('study-too-large', `${String(placement.slicePositionsMm.length)} slices after resampling`);
  }
  const { transpose } = orientation.transform;
  const [betweenRows = 1, betweenColumns = 1] = placed[0]?.facts.pixelSpacingMm ?? [];
  return {
    mode: isThin ? 'slabs' : 'slices',
    rows: transpose ? first.columns : first.rows,
    columns: transpose ? first.rows : first.columns,
    sourceRows: first.rows,
    sourceColumns: first.columns,
    transform: orientation.transform,
    pixelSpacingMm: transpose ? [betweenColumns, betweenRows] : [betweenRows, betweenColumns],
    slicePositionsMm: placement.slicePositionsMm,
    sliceThicknessMm: isThin ? limits.slabThicknessMm : thicknessMm,
    gantryTiltDeg: round(orientation.tiltDeg, 3),
    weightSums: placement.weightSums,
    sourceInstanceUids: placement.sourceInstanceUids,
    frames: groupByInstance(placed, placement),
    acquired: { sliceCount: placed.length, spacingMm: round(spacingMm, 4), thicknessMm },
  };
}

interface Stack {
  readonly placed: readonly PlacedFrame[];
  readonly orientation: SliceOrientation;
  readonly first: InstanceFacts;
}

const inconsistent = (detail: string): Abstention => abstain('slice-geometry-inconsistent', detail);

function readStack(instances: readonly InstanceFacts[], limits: GeometryLimits): Stack | Abstention {
  const first = instances[0];
  const cosines = first?.frames[0]?.orientation ?? [];
  const orientation = readOrientation(cosines);
  if (!first || !orientation) return inconsistent('The slices do not state how they are oriented');
  const placed: PlacedFrame[] = [];
  for (const instance of instances) {
    if (instance.rows !== first.rows || instance.columns !== first.columns || instance.rows < 1) {
      return inconsistent('Slices of different size in one series');
    }
    for (const [frameIndex, facts] of instance.frames.entries()) {
      if (facts.position.length !== 3) return inconsistent('A slice does not state its position');
      if (
        facts.orientation.some((value, axis) => Math.abs(value - (cosines[axis] ?? NaN)) > limits.orientationTolerance)
      ) {
        return inconsistent('Slices of different orientation in one series');
      }
      if (!isSameSpacing(facts.pixelSpacingMm, first.frames[0]?.pixelSpacingMm ?? [])) {
        return inconsistent('The slices state no pixel spacing, or different ones');
      }
      const at = round(dot(facts.position, orientation.normal), 5);
      const thicknessMm = facts.thicknessMm ?? 0;
      placed.push({ sopInstanceUid: instance.sopInstanceUid, frameIndex, facts, at, thicknessMm });
    }
  }
  placed.sort((a, b) => a.at - b.at || (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
  return { placed, orientation, first };
}

function isSameSpacing(spacing: readonly number[], reference: readonly number[]): boolean {
  return (
    spacing.length === 2 && spacing.every((value, axis) => value > 0 && Math.abs(value - (reference[axis] ?? 0)) < 1e-4)
  );
}

function groupByInstance(placed: readonly PlacedFrame[], placement: Placement): VolumePlan['frames'] {
  const frames = new Map<string, PlannedFrame[]>();
  for (const [index, { sopInstanceUid, frameIndex, facts }] of placed.entries()) {
    const own = frames.get(sopInstanceUid) ?? [];
    frames.set(sopInstanceUid, own);
    const { position, orientation } = facts;
    own.push({ frameIndex, position, orientation, targets: placement.targets[index] ?? [] });
  }
  return frames;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (upper + lower) / 2;
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
