/**
 * A verified head CT in Hounsfield units, as every later step may rely on it.
 * Orientation is fixed once, here: slices from inferior to superior, rows from anterior to posterior,
 * columns from the patient's right to the patient's left (the radiological view). Gantry tilt stays in the
 * slices: the stack is described by the positions along the slice normal.
 */
export interface CtVolume {
  readonly rows: number;
  readonly columns: number;
  readonly sliceCount: number;
  /** HU, length sliceCount * rows * columns, slice-major; padding pixels are -1024. Backed by a SharedArrayBuffer. */
  readonly hu: Int16Array<SharedArrayBuffer>;
  /** [between rows, between columns] in mm. */
  readonly pixelSpacingMm: readonly [number, number];
  /** Position of each slice along the slice normal, ascending, in mm. */
  readonly slicePositionsMm: readonly number[];
  /** Nominal thickness of one slice, in mm (after slab resampling where that happened). */
  readonly sliceThicknessMm: number;
  /** Angle between slice normal and the patient's long axis, in degrees (gantry tilt). */
  readonly gantryTiltDeg: number;
  /** SOP Instance UID(s) each slice was made from; several for a slab. */
  readonly sourceInstanceUids: readonly (readonly string[])[];
  /** SHA-256 (hex) over geometry and pixels: the input digest an auditor can recompute. */
  readonly digest: string;
}
