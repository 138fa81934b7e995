/**
 * Abstaining is a first-class answer: a value with a reason code, never an exception and never mistaken
 * for low risk. Faults (a PACS that is down) are thrown instead and retried: see errors.ts.
 */
export const ABSTENTION_REASONS = [
  'no-imaging-study',
  'no-preoperative-ct',
  'ct-too-old',
  'no-suitable-series',
  'not-head',
  'localizer-only',
  'secondary-capture-only',
  'contrast-enhanced',
  'bone-kernel-only',
  'partial-brain',
  'too-few-slices',
  'slice-gap',
  'slice-geometry-inconsistent',
  'orientation-not-axial',
  'kvp-out-of-range',
  'metal-artifact',
  'motion-artifact',
  'hounsfield-implausible',
  'patient-mismatch',
  'transfer-syntax-unsupported',
  'pixels-corrupt',
  'study-incomplete',
  'study-too-large',
  'networks-disagree',
  'probability-indeterminate',
  'evidence-too-low',
  'hemorrhage-present',
  'withdrawn',
] as const;

export type AbstentionReason = (typeof ABSTENTION_REASONS)[number];

export interface Abstention {
  readonly kind: 'abstained';
  readonly reason: AbstentionReason;
  /** One plain sentence for a clinician or an auditor: what was found, with numbers and units, never names. */
  readonly detail: string;
}

export function abstain(reason: AbstentionReason, detail: string): Abstention {
  return { kind: 'abstained', reason, detail };
}

export function isAbstention(value: { readonly kind: string }): value is Abstention {
  return value.kind === 'abstained';
}
