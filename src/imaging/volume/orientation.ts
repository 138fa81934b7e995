/**
 * Where the image axes point in the patient (DICOM LPS: +x left, +y posterior, +z superior) and how a slice is
 * turned into the one orientation of CtVolume: rows anterior to posterior, columns right to left. All eight
 * axis-aligned orientations are turned exactly, without resampling; what is further off is not axial.
 */
export type Vector = readonly [number, number, number];

export interface SliceTransform {
  readonly transpose: boolean;
  readonly flipRows: boolean;
  readonly flipColumns: boolean;
}

export interface SliceOrientation {
  /** Unit normal, pointing to the head. */
  readonly normal: Vector;
  /** Angle between the normal and the patient's long axis, degrees: gantry tilt, or an oblique stack. */
  readonly tiltDeg: number;
  /** Rotation inside the slice that is left after the exact turn, degrees. */
  readonly inPlaneDeg: number;
  readonly transform: SliceTransform;
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  (a[0] ?? 0) * (b[0] ?? 0) + (a[1] ?? 0) * (b[1] ?? 0) + (a[2] ?? 0) * (b[2] ?? 0);

const DEGREES = 180 / Math.PI;
const UNIT_TOLERANCE = 0.01;

/** @param cosines Image Orientation (Patient). @returns undefined when they are not two perpendicular unit vectors. */
export function readOrientation(cosines: readonly number[]): SliceOrientation | undefined {
  const [rx = NaN, ry = NaN, rz = NaN, cx = NaN, cy = NaN, cz = NaN] = cosines;
  const row: Vector = [rx, ry, rz];
  const column: Vector = [cx, cy, cz];
  const isUnit = (vector: Vector): boolean => Math.abs(Math.hypot(...vector) - 1) < UNIT_TOLERANCE;
  if (cosines.length !== 6 || !isUnit(row) || !isUnit(column)) return undefined;
  if (Math.abs(dot(row, column)) > UNIT_TOLERANCE) return undefined;
  const cross: Vector = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx];
  const sign = cross[2] < 0 ? -1 : 1;
  const normal: Vector = [cross[0] * sign, cross[1] * sign, cross[2] * sign];
  const transpose = Math.abs(rx) < Math.abs(ry);
  const [across, down] = transpose ? [column, row] : [row, column];
  const transform = { transpose, flipRows: down[1] < 0, flipColumns: across[0] < 0 };
  const inPlaneDeg = Math.atan2(Math.abs(across[1]), Math.abs(across[0])) * DEGREES;
  return { normal, tiltDeg: Math.acos(Math.min(1, normal[2])) * DEGREES, inPlaneDeg, transform };
}

export function isIdentity(transform: SliceTransform): boolean {
  return !transform.transpose && !transform.flipRows && !transform.flipColumns;
}

/** One slice turned: `rows` and `columns` are those of the source; transposed output has them swapped. */
export function turnSlice(source: Int16Array, rows: number, columns: number, transform: SliceTransform): Int16Array {
  if (isIdentity(transform)) return source;
  const { transpose, flipRows, flipColumns } = transform;
  const [outRows, outColumns] = transpose ? [columns, rows] : [rows, columns];
  const turned = new Int16Array(source.length);
  for (let row = 0; row < outRows; row++) {
    const fromRow = flipRows ? outRows - 1 - row : row;
    for (let column = 0; column < outColumns; column++) {
      const fromColumn = flipColumns ? outColumns - 1 - column : column;
      const from = transpose ? fromColumn * columns + fromRow : fromRow * columns + fromColumn;
      turned[row * outColumns + column] = source[from] ?? 0;
    }
  }
  return turned;
}
