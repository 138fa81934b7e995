/**
 * How one head differs from the next: size, asymmetry, age, bone and how it lies in the scanner. Drawn from the seed;
 * ranges are those of adult practice. Anatomy is written once in an average frame and bent by these numbers.
 */
import { createRandom, type Random } from './random.ts';

export interface PatientShape {
  readonly ageYears: number;
  /** Patient mm per average mm, per axis (x left, y front, z up). */
  readonly scale: readonly [number, number, number];
  /** 0 = young and full, 1 = marked atrophy. */
  readonly atrophy: number;
  /** Multiplies the radius of the ventricles. */
  readonly ventricleScale: number;
  /** Half-width of a sulcus at the surface, in mm. */
  readonly sulcusMm: number;
  /** CSF between brain and inner table, in mm. */
  readonly subarachnoidMm: number;
  readonly skullMm: number;
  readonly scalpMm: number;
  /** Where this patient reads the random fields, in wavelengths. */
  readonly fieldOffset: readonly [number, number, number];
  /** Amplitudes (mm) and phases of the slow bends that make left and right differ. */
  readonly bend: readonly { readonly amplitude: number; readonly phase: number }[];
  /** Rotation of the head against the gantry in degrees: yaw (in plane), roll (ear to shoulder), pitch (chin). */
  readonly yawDeg: number;
  readonly rollDeg: number;
  readonly pitchDeg: number;
  /** Shift of the head's centre in the field of view, in mm. */
  readonly shiftMm: readonly [number, number];
  /** 0-1: periventricular small-vessel darkening. */
  readonly leukoaraiosis: number;
  readonly calcifiedChoroid: boolean;
  readonly calcifiedPineal: boolean;
  readonly calcifiedFalx: boolean;
  readonly calcifiedPallidum: boolean;
  /** Multiplies the frontal sinus; 0 = not developed. */
  readonly frontalSinus: number;
}

function clamp01(value: number): number {
  return Math.max(0, Math.min(1, value));
}

function drawPose(random: Random): Pick<PatientShape, 'yawDeg' | 'rollDeg' | 'pitchDeg' | 'shiftMm'> {
  return {
    yawDeg: 3.5 * random.gaussian(),
    rollDeg: 2 * random.gaussian(),
    pitchDeg: 4 * random.gaussian(),
    shiftMm: [3 * random.gaussian(), 4 * random.gaussian()],
  };
}

export function drawPatientShape(seed: number, ageYears?: number): PatientShape {
  const random = createRandom(seed, 'shape');
  const drawnAge = random.between(42, 90);
  const age = ageYears ?? drawnAge;
  const atrophy = clamp01((age - 45) / 50 + 0.14 * random.gaussian());
  const size = 1 + 0.03 * random.gaussian();
  return {
    ageYears: Math.round(age),
    scale: [
      0.94 * size * (1 + 0.02 * random.gaussian()),
      0.935 * size * (1 + 0.02 * random.gaussian()),
      0.88 * size * (1 + 0.015 * random.gaussian()),
    ],
    atrophy,
    ventricleScale: 0.78 + 0.6 * atrophy + 0.08 * random.gaussian(),
    sulcusMm: 0.22 + 1.25 * atrophy ** 1.3,
    subarachnoidMm: 0.5 + 2.2 * atrophy ** 1.5,
    skullMm: random.between(5.2, 7.6),
    scalpMm: random.between(4, 6.5),
    fieldOffset: [random.between(0, 50), random.between(0, 50), random.between(0, 50)],
    bend: Array.from({ length: 6 }, () => ({
      amplitude: 1.3 * random.gaussian(),
      phase: random.between(0, 2 * Math.PI),
    })),
    ...drawPose(random),
    leukoaraiosis: clamp01((age - 62) / 35 + 0.25 * random.gaussian()),
    calcifiedChoroid: random.chance(0.75),
    calcifiedPineal: random.chance(0.7),
    calcifiedFalx: random.chance(0.15),
    calcifiedPallidum: random.chance(0.12),
    frontalSinus: random.chance(0.12) ? 0 : random.between(0.5, 1.25),
  };
}
