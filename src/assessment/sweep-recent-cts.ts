/**
 * The cron sweep: every head CT of the last hours is analysed before anybody orders anything, and once more where
 * images came after it was assessed (ADR 0007). Asking twice for the same study costs nothing (the queue coalesces), so
 * a sweep may overlap the next. What the chart listed is remembered in this process, so that only studies that changed
 * are looked up; a restart, or another replica that takes its turn, looks once at each.
 */
import { countNextRevision, createAssessmentKey } from './assessment-key.ts';
import type { CtStudy } from './domain/ct-study.ts';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { AnalysisJob, AnalysisQueue, Chart } from './domain/ports.ts';
import { hasLateImages } from './late-images.ts';

export interface SweepParts {
  readonly chart: Pick<Chart, 'findRecentHeadCts' | 'findCurrentAssessment'>;
  readonly queue: Pick<AnalysisQueue, 'findUnknown' | 'findUnderWay' | 'request'>;
  readonly ensembleDigest: string;
  readonly minimumEvidence: EvidenceLevel;
  readonly lookbackHours: number;
  readonly now: () => Date;
}

/** @returns how many studies were seen and how many analyses were newly asked for */
export type SweepRecentCts = (options: {
  readonly signal: AbortSignal;
}) => Promise<{ readonly seen: number; readonly requested: number }>;

const MS_PER_HOUR = 3_600_000;

export function createSweep({ chart, queue, ...parts }: SweepParts): SweepRecentCts {
  /** By first key: the list that the study's assessment was found to cover. */
  let covered: ReadonlyMap<string, string> = new Map();

  return async function sweepRecentCts(options) {
    const since = new Date(parts.now().getTime() - parts.lookbackHours * MS_PER_HOUR).toISOString();
    const studies = await chart.findRecentHeadCts(since, options);
    const found = new Map(studies.map((study) => [keyOf(study, 0), study]));
    const underWay = new Set(await queue.findUnderWay([...found.keys()]));
    const coveredNow = new Map<string, string>();
    const wanted: AnalysisJob[] = [];
    for (const [firstKey, study] of found) {
      const list = JSON.stringify(study.series);
      if (covered.get(firstKey) === list) coveredNow.set(firstKey, list);
      else if (!underWay.has(firstKey)) {
        const current = await chart.findCurrentAssessment(firstKey, options);
        if (current && !hasLateImages(study, current)) coveredNow.set(firstKey, list);
        else wanted.push(toJob(study, countNextRevision(current)));
      }
    }
    covered = coveredNow;
    return { seen: studies.length, requested: await request(wanted) };
  };

  /** What ended without a result is not asked for again: an order does that. */
  async function request(wanted: readonly AnalysisJob[]): Promise<number> {
    const unknown = new Set(await queue.findUnknown(wanted.map(({ key }) => key)));
    const fresh = wanted.filter(({ key }) => unknown.has(key));
    for (const job of fresh) await queue.request(job);
    return fresh.length;
  }

  function keyOf(study: CtStudy, revision: number): string {
    return createAssessmentKey(study.studyInstanceUid, parts.ensembleDigest, parts.minimumEvidence, revision);
  }

  function toJob(study: CtStudy, revision: number): AnalysisJob {
    const { imagingStudyId } = study;
    return { key: keyOf(study, revision), imagingStudyId, ...(revision > 0 && { revision }), urgency: 'arrival' };
  }
}
