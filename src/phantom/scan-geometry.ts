/**
 * Where the slices of a scan lie, in DICOM patient coordinates (LPS, mm): x to the patient's left, y to the back,
 * z to the head. The origin is the isocentre; z = 0 is the orbitomeatal plane at the ear canals.
 * A positive gantry tilt lifts the front edge of each slice, as in the GE study this project is tested with.
 */
import { Fault } from '../errors.ts';

export interface ScanOptions {
  readonly matrix?: number;
  readonly sliceCount?: number;
  readonly sliceSpacingMm?: number;
  readonly sliceThicknessMm?: number;
  readonly gantryTiltDeg?: number;
  readonly fieldOfViewMm?: number;
  /** Table position of the lowest slice's centre; -30 by default. */
  readonly lowestSliceMm?: number;
  /** Explicit table positions, ascending; wins over count, spacing and lowest slice. */
  readonly slicePositionsMm?: readonly number[];
  /** `coronal` walks from front to back with rows running downward. */
  readonly orientation?: 'axial' | 'coronal';
}

export type Point = readonly [number, number, number];

export interface ScanGeometry {
  readonly rows: number;
  readonly columns: number;
  readonly sliceCount: number;
  readonly pixelSpacingMm: number;
  readonly sliceSpacingMm: number;
  readonly sliceThicknessMm: number;
  readonly gantryTiltDeg: number;
  /** ImagePositionPatient of each slice: centre of its first pixel. */
  readonly positionsMm: readonly Point[];
  /** ImageOrientationPatient: unit vectors along a row (increasing column) and along a column. */
  readonly orientation: readonly [number, number, number, number, number, number];
  /** Table position of each slice. */
  readonly tablePositionsMm: readonly number[];
}

/** Refuses sizes that no scanner writes, before they become a silent empty volume. */
function requireSane(matrix: number, positions: readonly number[], thicknessMm: number): void {
  const isMatrix = Number.isInteger(matrix) && matrix >= 16 && matrix <= 1024;
  const isStack = positions.length >= 1 && positions.length <= 2000 && positions.every(Number.isFinite);
  if (!isMatrix || !isStack || !(thicknessMm > 0)) {
    throw new Fault('config-invalid', 'A phantom needs a matrix of 16-1024, 1-2000 slices and a thickness above 0 mm', {
      details: { matrix, slices: positions.length, thicknessMm },
    });
  }
}

/** Throws Fault `config-invalid` for a matrix, slice count or thickness outside what a scanner writes. */
export function scanGeometry(options: ScanOptions): ScanGeometry {
  const matrix = options.matrix ?? 512;
  const spacing = options.sliceSpacingMm ?? 5;
  const lowest = options.lowestSliceMm ?? -30;
  const coronal = options.orientation === 'coronal';
  const count = options.sliceCount ?? Math.round(150 / spacing);
  const tablePositionsMm =
    options.slicePositionsMm ??
    Array.from({ length: count }, (_, k) => (coronal ? -(count * spacing) / 2 : lowest) + k * spacing);
  requireSane(matrix, tablePositionsMm, options.sliceThicknessMm ?? spacing);
  const pixelSpacingMm = (options.fieldOfViewMm ?? 230) / matrix;
  const tilt = ((options.gantryTiltDeg ?? 0) * Math.PI) / 180;
  const column: Point = coronal ? [0, 0, -1] : [0, Math.cos(tilt), -Math.sin(tilt)];
  const half = ((matrix - 1) / 2) * pixelSpacingMm;
  const positionsMm = tablePositionsMm.map((table): Point =>
    coronal ? [-half, table, 40 + half] : [-half, -half * column[1], table - half * column[2]],
  );
  return {
    rows: matrix,
    columns: matrix,
    sliceCount: tablePositionsMm.length,
    pixelSpacingMm,
    sliceSpacingMm: spacing,
    sliceThicknessMm: options.sliceThicknessMm ?? spacing,
    gantryTiltDeg: options.gantryTiltDeg ?? 0,
    positionsMm,
    orientation: [1, 0, 0, ...column],
    tablePositionsMm,
  };
}
