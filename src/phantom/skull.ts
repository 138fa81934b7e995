/**
 * The cranial cavity and its bone in the average frame (mm; x left, y front, z up; origin at the anterior
 * commissure, orbitomeatal plane near z = -41). The vault is a superellipsoid; the skull base is a height field with
 * its three fossae, sella, petrous ridges, clivus and foramen magnum; bone is what lies within its thickness outside.
 */
import { bandNoise } from './noise-field.ts';
import type { PatientShape } from './patient-shape.ts';
import { smoothstep } from './solids.ts';

const CENTRE_Y = -18;
const CENTRE_Z = -2;
const FLOOR_STEP = 2;
const FLOOR_X = 44;
const FLOOR_Y0 = -120;
const FLOOR_Y = 104;

export interface Skull {
  /** Depth below the inner table of the vault in mm, negative outside. */
  readonly vaultDepth: (x: number, y: number, z: number) => number;
  /** Height of the skull base's upper surface; very low inside the foramen magnum. */
  readonly floor: (x: number, y: number) => number;
  /** Thickness of the base under that surface, in mm. */
  readonly baseThickness: (x: number, y: number) => number;
  readonly vaultThickness: (x: number, y: number, z: number) => number;
  /** True inside a suture of the vault. */
  readonly isSuture: (x: number, y: number, z: number) => boolean;
}

const POWER_STEPS = 512;
const POWER_MAX = 16;
const powers = Float64Array.from(
  { length: POWER_STEPS * POWER_MAX + 2 },
  (_, i) => (i / POWER_STEPS) ** 0.4,
) as unknown as Record<number, number>;

/** f^0.4 by table: exact to 1e-5 where it matters, ten times faster than Math.pow. */
function fifthPower(f: number): number {
  if (f > POWER_MAX || f < 0.05) return f ** 0.4;
  const at = f * POWER_STEPS;
  const i = at | 0;
  return (powers[i] as number) + ((powers[i + 1] as number) - (powers[i] as number)) * (at - i);
}

/** Distance from the centre along the ray, relative to the vault's surface: 1 on the inner table. */
function vaultDepth(x: number, y: number, z: number): number {
  const dy = y - CENTRE_Y;
  const dz = z - CENTRE_Z;
  const narrow = 1 - 0.13 * smoothstep(-20, 75, y) - 0.05 * smoothstep(-40, -110, y);
  const u = Math.abs(x) / (68.5 * narrow);
  const v = Math.abs(dy) / (dy > 0 ? 87.5 : 89.5);
  const w = Math.abs(dz) / (dz > 0 ? 82 : 74);
  const f = u * u * Math.sqrt(u) + v * v * Math.sqrt(v) + w * w * Math.sqrt(w);
  const k = fifthPower(f);
  const length = Math.sqrt(x * x + dy * dy + dz * dz);
  return k < 0.02 ? 70 : ((1 - k) * length) / k;
}

function anteriorFloor(x: number, y: number): number {
  const dome = Math.exp(-(((x - 29) / 15) ** 2) - ((y - 44) / 26) ** 2);
  return -25 + 6 * smoothstep(5, 18, x) + 9.5 * dome + 1.2 * Math.sin(x / 3.5) * Math.cos(y / 4.5);
}

/** Sella, dorsum and clivus near the midline. */
function centralFloor(y: number): number {
  if (y > 8) return -22 - (y > 12 ? 0 : (12 - y) * 0.3);
  if (y > -5) return -31;
  if (y > -9) return -21;
  return Math.max(-64, -21 + (y + 9) * 2.7);
}

function middleFloor(x: number, y: number): number {
  const lateral = -43 + 13 * (1 - smoothstep(11, 24, x)) + 1.5 * Math.sin(x / 5 + y / 6);
  const central = centralFloor(y);
  const toCentre = 1 - smoothstep(9, 13, x);
  return central * toCentre + lateral * (1 - toCentre);
}

function posteriorFloor(x: number, y: number): number {
  const bowl = -64 + 0.008 * x * x + 0.006 * (y + 50) * (y + 50);
  const clivus = centralFloor(y) - 1.2 * Math.max(0, x - 8);
  return y > -26 ? Math.max(bowl, clivus) : bowl;
}

function petrousRidgeY(x: number): number {
  return -15 - (x - 10) * 0.55;
}

function floorAt(x: number, y: number): number {
  if (Math.hypot(x / 15, (y + 42) / 18) < 1) return -200;
  const wing = 12 + 0.3 * x;
  const anterior = smoothstep(wing - 7, wing, y);
  const ridge = petrousRidgeY(x);
  const posterior = smoothstep(0, 5, ridge - y);
  const behind = middleFloor(x, y) * (1 - posterior) + posteriorFloor(x, y) * posterior;
  const offRidge = y - ridge;
  const crest = x < 9 ? -200 : -28 + 0.06 * (x - 10) - (offRidge > 0 ? 1.0 * offRidge : -2.1 * offRidge);
  return anteriorFloor(x, y) * anterior + Math.max(behind, crest) * (1 - anterior);
}

function baseThicknessAt(x: number, y: number): number {
  const height = Math.max(-70, floorAt(x, y));
  const wing = 12 + 0.3 * x;
  if (y > wing) return x < 8 ? 2 : x > 48 ? 5 : 2.3;
  const nearRidge = y - petrousRidgeY(x);
  if (x < 14) return Math.max(5, height + 55);
  if (nearRidge > -14 && nearRidge < 16) return Math.max(4.5, height + 56);
  return nearRidge < 0 ? 5.5 : 3.6;
}

interface Table2d {
  readonly at: (x: number, y: number) => number;
}

/** A symmetric table of f(|x|, y), bilinear between nodes 2 mm apart. */
function tabulate(f: (x: number, y: number) => number): Table2d {
  const width = FLOOR_X;
  const height = Math.ceil((FLOOR_Y - FLOOR_Y0) / FLOOR_STEP) + 1;
  const values = new Float64Array(width * height);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) values[j * width + i] = f(i * FLOOR_STEP, FLOOR_Y0 + j * FLOOR_STEP);
  const t = values as unknown as Record<number, number>;
  return {
    at: (x, y) => {
      const u = Math.min(Math.abs(x) / FLOOR_STEP, width - 1.001);
      const v = Math.max(0, Math.min((y - FLOOR_Y0) / FLOOR_STEP, height - 1.001));
      const i = u | 0;
      const j = v | 0;
      const fu = u - i;
      const base = j * width + i;
      const low = (t[base] as number) * (1 - fu) + (t[base + 1] as number) * fu;
      const high = (t[base + width] as number) * (1 - fu) + (t[base + width + 1] as number) * fu;
      return low + (high - low) * (v - j);
    },
  };
}

const floorTable = tabulate(floorAt);
const thicknessTable = tabulate(baseThicknessAt);

function isSuture(x: number, y: number, z: number): boolean {
  const zigzag = 1.6 * Math.sin(y * 1.1) + 1.1 * Math.sin(x * 1.3 + 1);
  if (z > 25 && y < 18 && y > -78 && Math.abs(x + zigzag) < 0.8) return true;
  if (z > 2 && Math.abs(y - 20 - zigzag + 0.25 * Math.abs(x)) < 0.8) return true;
  return y < -55 && z < 45 && z > -30 && Math.abs(Math.abs(x) - (45 - z) * 0.75 + zigzag) < 0.9;
}

export function createSkull(shape: PatientShape): Skull {
  const [ox, oy, oz] = shape.fieldOffset;
  return {
    vaultDepth,
    floor: (x, y) => floorTable.at(x, y),
    baseThickness: (x, y) => thicknessTable.at(x, y),
    vaultThickness: (x, y, z) => {
      const temporal = smoothstep(45, 62, Math.abs(x)) * smoothstep(24, 4, z) * smoothstep(-50, -20, y);
      const occipital = smoothstep(-88, -106, y) * (1 - smoothstep(8, 34, Math.abs(x)));
      const frontal = smoothstep(52, 70, y) * (1 - smoothstep(0, 10, Math.abs(x)));
      const texture = 0.5 * bandNoise(x / 45 + ox, y / 45 + oy, z / 45 + oz);
      return shape.skullMm * (1 - 0.52 * temporal + 0.45 * occipital + 0.25 * frontal) + texture;
    },
    isSuture,
  };
}
