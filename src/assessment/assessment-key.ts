/**
 * The key that makes an assessment exist once: the same study, the same networks and the same evidence rule
 * always give the same key, on every replica and after every restart (ADR 0008).
 */
import { createHash } from 'node:crypto';
import type { EvidenceLevel } from './domain/evidence-level.ts';

/** @returns 64 hex characters */
export function createAssessmentKey(
  studyInstanceUid: string,
  ensembleDigest: string,
  minimumEvidence: EvidenceLevel,
): string {
  return createHash('sha256').update(`${studyInstanceUid}\n${ensembleDigest}\n${minimumEvidence}`).digest('hex');
}
