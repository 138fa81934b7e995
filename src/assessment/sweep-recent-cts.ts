/**
 * The cron sweep: every head CT of the last hours is analysed before anybody orders anything.
 * Asking twice for the same study costs nothing (the queue coalesces), so a sweep may overlap the next.
 */
import { createAssessmentKey } from './assessment-key.ts';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { AnalysisQueue, Chart } from './domain/ports.ts';

export interface SweepParts {
  readonly chart: Pick<Chart, 'findRecentHeadCts' | 'findAssessment'>;
  readonly queue: AnalysisQueue;
  readonly ensembleDigest: string;
  readonly minimumEvidence: EvidenceLevel;
  readonly lookbackHours: number;
  readonly now: () => Date;
}

const MS_PER_HOUR = 3_600_000;

/** @returns how many studies were seen and how many were newly asked for */
export async function sweepRecentCts(
  parts: SweepParts,
  options: { readonly signal: AbortSignal },
): Promise<{ seen: number; requested: number }> {
  const since = new Date(parts.now().getTime() - parts.lookbackHours * MS_PER_HOUR).toISOString();
  const studies = await parts.chart.findRecentHeadCts(since, options);
  let requested = 0;
  for (const study of studies) {
    const key = createAssessmentKey(study.studyInstanceUid, parts.ensembleDigest, parts.minimumEvidence);
    const state = await parts.queue.findState(key);
    if (state.kind !== 'unknown' || (await parts.chart.findAssessment(key, options))) continue;
    await parts.queue.request({ key, imagingStudyId: study.imagingStudyId, urgency: 'arrival' });
    requested += 1;
  }
  return { seen: studies.length, requested };
}
