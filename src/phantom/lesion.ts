/**
 * What can be wrong inside a phantom head, and how the image can be spoilt: plain parameters, each with a unit.
 * Where a lesion sits and how dense it is follows from these by the rules of hemorrhage.ts and ischemia.ts.
 */
export type Side = 'left' | 'right';

export type HemorrhageSite =
  | 'basal-ganglia'
  | 'thalamus'
  | 'lobar-frontal'
  | 'lobar-parietal'
  | 'lobar-temporal'
  | 'lobar-occipital'
  | 'cerebellum'
  | 'pons';

export interface IntraparenchymalHemorrhage {
  readonly kind: 'intraparenchymal';
  readonly side: Side;
  readonly site: HemorrhageSite;
  readonly volumeMl: number;
}

export interface IntraventricularHemorrhage {
  readonly kind: 'intraventricular';
  readonly side: Side | 'both';
  /** Share of the ventricular lumen that holds blood, 0-1; it settles in the dependent (occipital) horns first. */
  readonly fill: number;
}

export interface SubduralHemorrhage {
  readonly kind: 'subdural';
  readonly side: Side;
  readonly thicknessMm: number;
  /** Days: fresh blood is dense, after about two weeks as dense as brain, later darker. */
  readonly ageDays: number;
}

export interface EpiduralHemorrhage {
  readonly kind: 'epidural';
  readonly side: Side;
  readonly site: 'temporal' | 'frontal' | 'parietal';
  readonly thicknessMm: number;
}

export interface SubarachnoidHemorrhage {
  readonly kind: 'subarachnoid';
  readonly side: Side | 'both';
  readonly extent: 'basal' | 'sylvian' | 'convexity';
}

export interface AcuteInfarct {
  readonly kind: 'acute-infarct';
  readonly side: Side;
  readonly hoursSinceOnset: number;
  /** Tan collateral score, 0 (none) to 3 (complete): sets how much of the territory has become infarct. */
  readonly collateralGrade: 0 | 1 | 2 | 3;
  readonly hyperdenseMca: boolean;
}

export interface OldInfarct {
  readonly kind: 'old-infarct';
  readonly side: Side;
  readonly site: 'temporo-occipital' | 'frontal' | 'lacune';
}

export type Hemorrhage =
  | IntraparenchymalHemorrhage
  | IntraventricularHemorrhage
  | SubduralHemorrhage
  | EpiduralHemorrhage
  | SubarachnoidHemorrhage;

export type Lesion = Hemorrhage | AcuteInfarct | OldInfarct;
export type LesionKind = Lesion['kind'];

/** Bit of each lesion kind in `PhantomTruth.lesions`. */
export const LESION_BITS: Readonly<Record<LesionKind, number>> = {
  intraparenchymal: 1,
  intraventricular: 2,
  subdural: 4,
  epidural: 8,
  subarachnoid: 16,
  'acute-infarct': 32,
  'old-infarct': 64,
};

export const HEMORRHAGE_BITS = 31;

export interface MetalArtifact {
  readonly kind: 'metal';
  /** A clip or coil near the circle of Willis, or dental fillings below the scan. */
  readonly source: 'aneurysm-clip' | 'dental';
}

export interface MotionArtifact {
  readonly kind: 'motion';
  /** How far the head moved during the affected rotations. */
  readonly shiftMm: number;
  /** Share of slices affected, 0-1, as one run in the middle of the scan. */
  readonly share: number;
}

export type Artifact = MetalArtifact | MotionArtifact;
