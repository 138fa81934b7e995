/**
 * How much the weights behind a number are worth. The order is the meaning: a site sets the lowest level
 * whose numbers it wants to see; everything below is withheld with its reason (ADR 0005).
 */
export const EVIDENCE_LEVELS = [
  'untrained',
  'in-silico',
  'research',
  'externally-validated',
  'site-validated',
] as const;

export type EvidenceLevel = (typeof EVIDENCE_LEVELS)[number];

/** True when a number of this level may be shown where `minimum` is asked for. */
export function isEvidenceSufficient(level: EvidenceLevel, minimum: EvidenceLevel): boolean {
  return EVIDENCE_LEVELS.indexOf(level) >= EVIDENCE_LEVELS.indexOf(minimum);
}

/** The weakest of several levels: a combination is worth no more than its weakest part. */
export function weakestEvidence(levels: readonly EvidenceLevel[]): EvidenceLevel {
  const ranks = levels.map((level) => EVIDENCE_LEVELS.indexOf(level));
  return EVIDENCE_LEVELS[ranks.length === 0 ? 0 : Math.min(...ranks)] ?? 'untrained';
}
