/**
 * Image faults a reader knows. Metal: the object itself, dark and bright streaks through it, worst along its long
 * axis. Motion: two positions of the head in one slice, which doubles the contour of the skull.
 */
import type { Artifact, MetalArtifact, MotionArtifact } from './lesion.ts';
import { createRandom } from './random.ts';
import type { ScanGeometry } from './scan-geometry.ts';
import { HU } from './tissue-hu.ts';

export interface ArtifactScene {
  readonly geometry: ScanGeometry;
  /** Index from the lowest slice. */
  readonly slice: number;
  readonly artifacts: readonly Artifact[];
  readonly seed: number;
}

/** Metal parts in scanner mm: centre, radius, lowest and highest table position. */
const METAL_PARTS: Readonly<Record<MetalArtifact['source'], readonly MetalPart[]>> = {
  'aneurysm-clip': [
    { x: -13, y: -22, radius: 2.6, from: 14, to: 26 },
    { x: -9, y: -26, radius: 1.8, from: 16, to: 24 },
  ],
  dental: [
    { x: -24, y: -66, radius: 4, from: -60, to: -18 },
    { x: 23, y: -68, radius: 4.5, from: -60, to: -18 },
    { x: 29, y: -52, radius: 3.5, from: -60, to: -20 },
  ],
};

interface MetalPart {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly from: number;
  readonly to: number;
}

/** Streak strength by angle: a few sharp rays, alternately bright and dark, zero on average. */
function drawRays(seed: number, part: MetalPart): Float32Array {
  const random = createRandom(seed, `metal/${String(part.x)}/${String(part.y)}`);
  const steps = 720;
  const rays = new Float32Array(steps);
  for (let ray = 0; ray < 26; ray++) {
    const at = random.between(0, steps);
    const width = random.between(2, 14);
    const strength = random.gaussian();
    for (let i = 0; i < steps; i++) {
      const gap = Math.min(Math.abs(i - at), steps - Math.abs(i - at));
      rays[i] = (rays[i] ?? 0) + strength * Math.exp(-((gap / width) ** 2));
    }
  }
  const mean = rays.reduce((sum, value) => sum + value, 0) / steps;
  return rays.map((value) => value - mean);
}

function addMetal(slice: Float32Array, part: MetalPart, scene: ArtifactScene): void {
  const { columns: matrix, pixelSpacingMm } = scene.geometry;
  const rays = drawRays(scene.seed, part);
  for (let i = 0; i < matrix; i++)
    for (let j = 0; j < matrix; j++) {
      const dx = (j + 0.5 - matrix / 2) * pixelSpacingMm - part.x;
      const dy = (i + 0.5 - matrix / 2) * pixelSpacingMm - part.y;
      const r = Math.hypot(dx, dy);
      const at = i * matrix + j;
      if (r < part.radius) slice[at] = HU.metal;
      else {
        const angle = Math.floor((Math.atan2(dy, dx) / (2 * Math.PI) + 0.5) * 719.99);
        slice[at] = (slice[at] ?? 0) + ((rays[angle] ?? 0) * 520 * part.radius) / (6 + r);
      }
    }
}

/** Mean of the slice and a turned, shifted copy of it: what half a rotation in each position reconstructs to. */
function addMotion(slice: Float32Array, artifact: MotionArtifact, scene: ArtifactScene): Float32Array {
  const { columns: matrix, pixelSpacingMm } = scene.geometry;
  const random = createRandom(scene.seed, `motion/${String(scene.slice)}`);
  const shift = (artifact.shiftMm / pixelSpacingMm) * random.between(0.6, 1.2);
  const angle = random.between(-0.02, 0.02) * artifact.shiftMm;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const share = random.between(0.35, 0.5);
  const out = new Float32Array(slice.length);
  const middle = matrix / 2;
  for (let i = 0; i < matrix; i++)
    for (let j = 0; j < matrix; j++) {
      const u = Math.round(middle + (j - middle) * cos - (i - middle) * sin + shift);
      const v = Math.round(middle + (j - middle) * sin + (i - middle) * cos + shift * 0.4);
      const inside = u >= 0 && u < matrix && v >= 0 && v < matrix;
      const moved = inside ? (slice[v * matrix + u] ?? HU.air) : HU.air;
      out[i * matrix + j] = (slice[i * matrix + j] ?? 0) * (1 - share) + moved * share;
    }
  return out;
}

function isMoving(artifact: MotionArtifact, scene: ArtifactScene): boolean {
  const count = scene.geometry.sliceCount;
  return Math.abs(scene.slice + 0.5 - count / 2) < (artifact.share * count) / 2;
}

/** The slice with its artifacts; the input may be changed. */
export function addArtifacts(slice: Float32Array, scene: ArtifactScene): Float32Array {
  let image = slice;
  const table = scene.geometry.tablePositionsMm[scene.slice] ?? 0;
  for (const artifact of scene.artifacts) {
    if (artifact.kind === 'metal') {
      for (const part of METAL_PARTS[artifact.source]) {
        if (table >= part.from && table <= part.to) addMetal(image, part, scene);
      }
    } else if (isMoving(artifact, scene)) image = addMotion(image, artifact, scene);
  }
  return image;
}
