/** What a stack of slices may not be: oblique, doubled, gapped or sheared. Each refusal is named with its numbers. */
import { abstain, type Abstention } from '../../assessment/domain/abstention.ts';
import type { FrameFacts } from '../decode/instance-facts.ts';
import type { GeometryLimits } from './geometry-limits.ts';
import type { SliceOrientation } from './orientation.ts';

export interface PlacedFrame {
  readonly sopInstanceUid: string;
  readonly frameIndex: number;
  readonly facts: FrameFacts;
  /** Position along the normal, mm. */
  readonly at: number;
  readonly thicknessMm: number;
}

/** @param placed sorted by `at`. */
export function findStackFault(
  placed: readonly PlacedFrame[],
  orientation: SliceOrientation,
  limits: GeometryLimits,
): Abstention | undefined {
  const { tiltDeg, inPlaneDeg } = orientation;
  if (tiltDeg > limits.maximumTiltDeg || inPlaneDeg > limits.maximumInPlaneRotationDeg) {
    const found = `slice normal ${tiltDeg.toFixed(1)} deg from the long axis, ${inPlaneDeg.toFixed(1)} deg in plane`;
    return abstain('orientation-not-axial', `Not an axial stack: ${found}`);
  }
  return findSpacingFault(placed, limits) ?? findDrift(placed, limits);
}

function findSpacingFault(placed: readonly PlacedFrame[], limits: GeometryLimits): Abstention | undefined {
  for (const [index, frame] of placed.entries()) {
    const next = placed[index + 1];
    if (frame.thicknessMm <= 0) return abstain('slice-geometry-inconsistent', 'A slice states no thickness');
    if (!next) continue;
    const step = next.at - frame.at;
    const thickness = (frame.thicknessMm + next.thicknessMm) / 2;
    if (step < limits.duplicateWithinMm) {
      return abstain('slice-geometry-inconsistent', `Two slices at the same position (${frame.at.toFixed(2)} mm)`);
    }
    if (step > thickness * limits.gapFactor) {
      const gap = `${step.toFixed(2)} mm between slices ${thickness.toFixed(2)} mm thick`;
      return abstain('slice-gap', `The stack has a gap: ${gap}, at ${frame.at.toFixed(1)} mm`);
    }
  }
  return undefined;
}

/**
 * With a tilted gantry the table moves along z, so neighbours are shifted inside the plane by step * tan(tilt): that
 * much is the stack's own shear. A jump beyond it means that two reconstructions with other centres were mixed.
 */
function findDrift(placed: readonly PlacedFrame[], limits: GeometryLimits): Abstention | undefined {
  for (const [index, frame] of placed.entries()) {
    const next = placed[index + 1];
    if (!next) continue;
    const [dx = 0, dy = 0] = frame.facts.position.map((value, axis) => (next.facts.position[axis] ?? 0) - value);
    if (Math.hypot(dx, dy) > limits.maximumInPlaneStepMm) {
      const jump = `${Math.hypot(dx, dy).toFixed(1)} mm`;
      return abstain('slice-geometry-inconsistent', `Neighbouring slices are shifted by ${jump} inside the plane`);
    }
  }
  return undefined;
}
