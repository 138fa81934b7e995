/**
 * From scanner coordinates (LPS mm from the isocentre) to the average frame in which anatomy is written: undoes the
 * pose, the patient's size, and slow bends of a millimetre or two that make left and right differ.
 */
import type { PatientShape } from './patient-shape.ts';

export type HeadFrame = (x: number, y: number, z: number, to: Float64Array) => void;

/** Orbitomeatal plane and head centre in the average frame. */
const OM_PLANE_Z = -41;
const CENTRE_Y = -18;

type Matrix = [number, number, number, number, number, number, number, number, number];

function multiply(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, at) => {
    const row = Math.floor(at / 3) * 3;
    return [0, 1, 2].reduce((sum, i) => sum + (a[row + i] ?? 0) * (b[i * 3 + (at % 3)] ?? 0), 0);
  }) as Matrix;
}

/** Rotation that takes scanner axes to head axes; the technician tilts the gantry along the head's own planes. */
function poseMatrix(shape: PatientShape, tiltDeg: number): Matrix {
  const turn = (degrees: number): [number, number] => {
    const angle = (degrees * Math.PI) / 180;
    return [Math.cos(angle), Math.sin(angle)];
  };
  const [cy, sy] = turn(shape.yawDeg);
  const [cr, sr] = turn(shape.rollDeg);
  const [cp, sp] = turn(shape.pitchDeg * 0.5 + tiltDeg);
  const spin: Matrix = [cy, -sy, 0, sy, cy, 0, 0, 0, 1];
  const lean: Matrix = [cr, 0, sr, 0, 1, 0, -sr, 0, cr];
  const nod: Matrix = [1, 0, 0, 0, cp, -sp, 0, sp, cp];
  return multiply(multiply(nod, lean), spin);
}

const TABLE_HALF = 200;

/** A bend as a table over -200..200 mm in steps of half a millimetre. */
function tabulateBend(shape: PatientShape, index: number, lengthMm: number, gain: number): Record<number, number> {
  const { amplitude, phase } = shape.bend[index] ?? { amplitude: 0, phase: 0 };
  return Float64Array.from(
    { length: 4 * TABLE_HALF + 1 },
    (_, i) => gain * amplitude * Math.sin((i / 2 - TABLE_HALF) / lengthMm + phase),
  );
}

function look(table: Record<number, number>, at: number): number {
  const i = (at + TABLE_HALF) * 2;
  return table[i < 0 ? 0 : i > 800 ? 800 : i | 0] as number;
}

export function createHeadFrame(shape: PatientShape, tiltDeg: number): HeadFrame {
  const m = poseMatrix(shape, tiltDeg);
  const [sx, sy, sz] = shape.scale;
  const [dx, dy] = shape.shiftMm;
  const [a0, a1, a2] = [m[0] / sx, m[1] / sx, m[2] / sx];
  const [b0, b1, b2] = [-m[3] / sy, -m[4] / sy, -m[5] / sy];
  const [c0, c1, c2] = [m[6] / sz, m[7] / sz, m[8] / sz];
  const xy = tabulateBend(shape, 0, 30, 1);
  const xz = tabulateBend(shape, 1, 28, 1);
  const yx = tabulateBend(shape, 2, 32, 1);
  const yz = tabulateBend(shape, 3, 30, 1);
  const zx = tabulateBend(shape, 4, 34, 1);
  const zy = tabulateBend(shape, 5, 32, 0.6);
  return (x, y, z, to) => {
    const px = x - dx;
    const py = y - dy;
    const hx = a0 * px + a1 * py + a2 * z;
    const hy = b0 * px + b1 * py + b2 * z + CENTRE_Y;
    const hz = c0 * px + c1 * py + c2 * z + OM_PLANE_Z;
    to[0] = hx + look(xy, hy) + look(xz, hz);
    to[1] = hy + look(yx, hx) + look(yz, hz);
    to[2] = hz + look(zx, hx) + look(zy, hy);
  };
}
