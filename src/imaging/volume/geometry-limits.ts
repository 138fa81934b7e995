/** The numbers of geometry-limits.json as plain values; each row there carries its source. */
import data from './geometry-limits.json' with { type: 'json' };

export interface GeometryLimits {
  readonly maximumTiltDeg: number;
  readonly maximumInPlaneRotationDeg: number;
  readonly orientationTolerance: number;
  readonly duplicateWithinMm: number;
  readonly gapFactor: number;
  readonly maximumInPlaneStepMm: number;
  readonly slabBelowSpacingMm: number;
  readonly slabThicknessMm: number;
  readonly maximumSlices: number;
}

export const GEOMETRY_LIMITS: GeometryLimits = {
  maximumTiltDeg: data.maximumTiltDeg.value,
  maximumInPlaneRotationDeg: data.maximumInPlaneRotationDeg.value,
  orientationTolerance: data.orientationTolerance.value,
  duplicateWithinMm: data.duplicateWithinMm.value,
  gapFactor: data.gapFactor.value,
  maximumInPlaneStepMm: data.maximumInPlaneStepMm.value,
  slabBelowSpacingMm: data.slabBelowSpacingMm.value,
  slabThicknessMm: data.slabThicknessMm.value,
  maximumSlices: data.maximumSlices.value,
};
