/**
 * What a network promises and demands, as the middle needs it. The file form (contract.json) is described by
 * models/contract.schema.json and parsed in inference/; this is the part that other rooms may rely on.
 */
import type { EvidenceLevel } from './evidence-level.ts';
import type { Target } from './target.ts';

/** How a CtVolume becomes a network's input; the exact arithmetic is in models/README.md ("Tensor recipe"). */
export interface TensorRecipe {
  readonly heightPx: number;
  readonly widthPx: number;
  readonly crop: {
    readonly rule: 'skull-bounding-square';
    /** Pixels at or above this count as skull. */
    readonly skullThresholdHu: number;
    /** Share of skull pixels cut off at each side of each axis (robust bounding box), 0-0.5. */
    readonly tailFraction: number;
    /** Margin added on every side, as a share of the longer side. */
    readonly marginFraction: number;
  };
  readonly slices: {
    readonly rule: 'brain-fraction';
    readonly tissueHu: readonly [number, number];
    /** A slice is scored when at least this share of the cropped square lies within tissueHu. */
    readonly minimumFraction: number;
  };
  /** One channel per window, in order. */
  readonly windows: readonly { readonly name: string; readonly levelHu: number; readonly widthHu: number }[];
  readonly resize: 'bilinear-antialias';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Calibration of a study logit: p = sigmoid(slope * logit + intercept), or a monotone step table on the logit. */
export type Calibration =
  | {
      readonly method: 'logistic';
      readonly slope: number;
      readonly intercept: number;
      /** [slope, intercept] pairs refitted on resampled patients: the spread of the calibrated probability. */
      readonly bootstrap: readonly (readonly [number, number])[];
    }
  | { readonly method: 'isotonic'; readonly logits: readonly number[]; readonly probabilities: readonly number[] }
  | { readonly method: 'none' };

export interface TargetContract {
  readonly target: Target;
  readonly evidenceLevel: EvidenceLevel;
  readonly calibration: Calibration;
  /** Decision threshold on the calibrated probability and the rule that set it. */
  readonly threshold: { readonly probability: number; readonly rule: string };
  /** Calibrated probabilities inside this band are called neither way. */
  readonly abstentionBand: { readonly lower: number; readonly upper: number };
  /** Absent in contracts that were released without it. */
  readonly scores?: ValidationScores;
}

/** The validation cases' calibrated probabilities with the truth; lists line up by `cases`, without them by the same `data`. */
export interface ValidationScores {
  readonly validation: string;
  readonly data: string;
  readonly probabilities: readonly number[];
  readonly truth: readonly (0 | 1)[];
  /** The fold of each case, of patients dealt as `deal` says; absent in contracts that were released without it. */
  readonly cases?: { readonly deal: string; readonly folds: readonly number[] };
}

/** How slice logits become a study logit (models/README.md, "From slices to the study"). */
export type Pooling =
  | { readonly rule: 'top-k-mean'; readonly k: number }
  | { readonly rule: 'top-k-mean-of-neighbours'; readonly k: number; readonly neighbourWeight: number };

export interface NetworkContract {
  /** timm name and directory under models/, e.g. "inception_v4". */
  readonly network: string;
  readonly displayName: string;
  readonly version: string;
  /** SHA-256 (hex) of the ONNX file. */
  readonly digest: string;
  readonly recipe: TensorRecipe;
  readonly pooling: Pooling;
  /** Rows and columns of the activation map. */
  readonly camSize: readonly [number, number];
  readonly targets: readonly TargetContract[];
}

/** The networks that run together and how they are combined (models/ensemble.json). */
export interface EnsembleContract {
  readonly id: string;
  readonly version: string;
  /** SHA-256 (hex) over the combination rule and the digests of all networks and contracts. */
  readonly digest: string;
  readonly networks: readonly NetworkContract[];
  readonly combination: {
    readonly rule: 'mean-logit';
    /** Calibrated probabilities further apart than this are a disagreement: abstain. */
    readonly maximumDisagreement: number;
  };
}
