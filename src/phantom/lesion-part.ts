/** What one lesion contributes to a head. A head's lesions are applied in the order given. */
import type { Sample } from './sample.ts';

export interface LesionPoint {
  /** Average frame, where the point lies now. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Average frame, where this piece of brain lay before it was pushed. */
  readonly bx: number;
  readonly by: number;
  readonly bz: number;
  /** Depth below the inner table in mm. */
  readonly vaultDepth: number;
  /** Signed distance to the ventricles (unpushed frame). */
  readonly ventricle: number;
  /** Signed distance to the Sylvian and basal cisterns (unpushed frame). */
  readonly cistern: number;
}

export interface LesionPart {
  /** Moves a point of the swollen brain back to where it was, in place. */
  readonly displace?: (at: Float64Array) => void;
  /** Thickness in mm of a collection between skull and brain at a point. */
  readonly collection?: (x: number, y: number, z: number) => number;
  readonly apply: (point: LesionPoint, out: Sample) => void;
}

/** Sign of x on a side: patient left is positive. */
export function sideSign(side: 'left' | 'right'): 1 | -1 {
  return side === 'left' ? 1 : -1;
}
