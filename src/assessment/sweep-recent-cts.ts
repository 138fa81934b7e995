/**
 * The cron sweep: every head CT of the last hours is analysed before anybody orders anything.
 * Asking twice for the same study costs nothing (the queue coalesces), so a sweep may overlap the next.
 */
import { createAssessmentKey } from './assessment-key.ts';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { AnalysisQueue, Chart } from './domain/ports.ts';

export interface SweepParts {
  readonly chart: Pick<Chart, 'findRecentHeadCts' | 'findAssessment'>;
  readonly queue: Pick<AnalysisQueue, 'findUnknown' | 'request'>;
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
  const found = new Map(
    studies.map(({ studyInstanceUid, imagingStudyId }) => [
      createAssessmentKey(studyInstanceUid, parts.ensembleDigest, parts.minimumEvidence),
      imagingStudyId,
    ]),
  );
  let requested = 0;
  for (const key of await parts.queue.findUnknown([...found.keys()])) {
    const imagingStudyId = found.get(key);
    if (imagingStudyId === undefined || (await parts.chart.findAssessment(key, options))) continue;
    await parts.queue.request({ key, imagingStudyId, urgency: 'arrival' });
    requested += 1;
  }
  return { seen: studies.length, requested };
}
