/** Image faults a reader knows: metal streaks and motion. */
import type { Artifact } from './lesion.ts';
import type { ScanGeometry } from './scan-geometry.ts';

export interface ArtifactScene {
  readonly geometry: ScanGeometry;
  readonly slice: number;
  readonly tissue: Uint8Array;
  readonly artifacts: readonly Artifact[];
  readonly seed: number;
}

export function addArtifacts(slice: Float32Array, scene: ArtifactScene): Float32Array {
  return scene.artifacts.length === 0 ? slice : slice;
}
