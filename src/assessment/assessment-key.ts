/**
 * The key that makes an assessment exist once: the same study, the same networks and the same evidence rule
 * always give the same key, on every replica and after every restart (ADR 0002). A study that got more images after it
 * was assessed is assessed again under the next key, which everybody who sees the earlier one can make (ADR 0007).
 */
import { createHash } from 'node:crypto';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { StudyAssessment } from './domain/finding.ts';

/**
 * @param revision 0 for the first assessment of the study
 * @returns 64 hex characters
 */
export function createAssessmentKey(
  studyInstanceUid: string,
  ensembleDigest: string,
  minimumEvidence: EvidenceLevel,
  revision = 0,
): string {
  return createRevisionKey(toDigest([studyInstanceUid, ensembleDigest, minimumEvidence]), revision);
}

export function createRevisionKey(firstKey: string, revision: number): string {
  return revision === 0 ? firstKey : toDigest([firstKey, String(revision)]);
}

/** Which revision of `firstKey` a key is, 0 for the first; of one beyond `most`, `most`. */
export function findRevision(firstKey: string, key: string, most = 100): number {
  for (let revision = 0; revision < most; revision += 1) {
    if (createRevisionKey(firstKey, revision) === key) return revision;
  }
  return most;
}

/** The key of the first assessment of the same study: what they all share. */
export function findFirstKey({ key, revision }: Pick<StudyAssessment, 'key' | 'revision'>): string {
  return revision?.firstKey ?? key;
}

/** The key under which the study is assessed again once images came after this. */
export function createNextKey(current: Pick<StudyAssessment, 'key' | 'revision'>): string {
  return createRevisionKey(findFirstKey(current), countNextRevision(current));
}

/**
 * The next keys of the first `count` assessments, for whoever asks about them before it is known which is the current one:
 * its `createNextKey` is among them, unless there are more.
 */
export function createNextKeys(firstKey: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) =>
    createNextKey({ key: createRevisionKey(firstKey, number), ...(number > 0 && { revision: { number, firstKey } }) }),
  );
}

/** Number of the assessment that follows one whose study has more images now; 0 where there is none yet. */
export function countNextRevision(current: Pick<StudyAssessment, 'revision'> | undefined): number {
  return current === undefined ? 0 : (current.revision?.number ?? 0) + 1;
}

function toDigest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
