/** One point of anatomy. A single mutable record is reused for every sample: allocation would dominate the run time. */
import type { TissueLabel } from './tissue-label.ts';

export interface Sample {
  hu: number;
  tissue: TissueLabel;
  /** LESION_BITS of this point. */
  lesion: number;
  /** Distance to the pial surface in mm where the point is brain; used by hemorrhage and ischemia. */
  pialDepth: number;
}

export function createSample(): Sample {
  return { hu: -1000, tissue: 0, lesion: 0, pialDepth: 0 };
}
