/**
 * The cron sweep: every head CT of the last hours is analysed before anybody orders anything, and once more where
 * images came after it was assessed (ADR 0007). Asking twice for the same study costs nothing (the queue coalesces), so
 * a sweep may overlap the next. What the chart listed is remembered in this process, so that only studies that changed
 * are looked up, and now and then the others, with a look at the archive; a restart, or another replica that takes its
 * turn, looks once at each.
 */
import { countNextRevision, createAssessmentKey } from './assessment-key.ts';
import type { CtStudy } from './domain/ct-study.ts';
import type { EvidenceLevel } from './domain/evidence-level.ts';
import type { AnalysisJob, AnalysisQueue, Chart } from './domain/ports.ts';
import type { StudyAssessment } from './domain/finding.ts';
import type { LateImageWatch } from './late-image-watch.ts';
import { hasLateImages } from './late-images.ts';

export interface SweepParts {
  readonly chart: Pick<Chart, 'findRecentHeadCts' | 'findCurrentAssessment'>;
  readonly queue: Pick<AnalysisQueue, 'findUnknown' | 'findUnderWay' | 'request'>;
  readonly lateImages: Pick<LateImageWatch, 'look'>;
  readonly ensembleDigest: string;
  readonly minimumEvidence: EvidenceLevel;
  readonly lookbackHours: number;
  readonly now: () => Date;
}

/** @returns how many studies were seen and how many analyses were newly asked for */
export type SweepRecentCts = (options: {
  readonly signal: AbortSignal;
}) => Promise<{ readonly seen: number; readonly requested: number }>;

/** A list that the study's assessment was found to cover, and when it and the archive are looked at again (ms since the epoch). */
interface Covered {
  readonly list: string;
  readonly lookAt: number;
}

const MS_PER_HOUR = 3_600_000;
/** Engineering: what is late comes mostly within the hour, and a PACS answers a handful of small questions a minute. */
const LOOK_AGAIN_MS = 5 * 60_000;
const LOOK_AGAIN_SHARE = 0.25;
const MOST_LOOKS = 30;
const LONGEST_LOOK_MS = 20_000;

export function createSweep({ chart, queue, ...parts }: SweepParts): SweepRecentCts {
  let covered: ReadonlyMap<string, Covered> = new Map();

  return async function sweepRecentCts(options) {
    const at = parts.now().getTime();
    const since = new Date(at - parts.lookbackHours * MS_PER_HOUR).toISOString();
    const studies = await chart.findRecentHeadCts(since, options);
    const found = new Map(studies.map((study) => [keyOf(study, 0), study]));
    const underWay = new Set(await queue.findUnderWay([...found.keys()]));
    const coveredNow = new Map<string, Covered>();
    const wanted: AnalysisJob[] = [];
    const looks = createLooks(options.signal);
    for (const [firstKey, study] of found) {
      const list = JSON.stringify(study.series);
      const known = covered.get(firstKey);
      if (known?.list === list && (at < known.lookAt || !looks.areLeft())) coveredNow.set(firstKey, known);
      else if (!underWay.has(firstKey)) {
        const current = await chart.findCurrentAssessment(firstKey, options);
        const isListed = current !== undefined && !hasLateImages(study, current);
        const lookAt = isListed && looks.areLeft() ? findNextLook(at, current) : at;
        const isLate = isListed ? await looks.isLate(current) : true;
        if (isLate) wanted.push(toJob(study, countNextRevision(current)));
        if (isListed) coveredNow.set(firstKey, { list, lookAt });
      }
    }
    covered = coveredNow;
    return { seen: studies.length, requested: await request(wanted) };
  };

  /** Looks of one sweep: so many, and none after one that was told nothing. The others have their turn in the next. */
  function createLooks(signal: AbortSignal) {
    let left = MOST_LOOKS;
    return {
      areLeft: () => left > 0,
      isLate: async (current: StudyAssessment): Promise<boolean> => {
        if (left === 0) return false;
        const call = { signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_LOOK_MS)]) };
        const looked = await parts.lateImages.look(current, call);
        left = looked === 'not-told' ? 0 : left - 1;
        return looked === 'late';
      },
    };
  }

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

/** Seldom once an assessment is old. */
function findNextLook(at: number, { assessedAt }: StudyAssessment): number {
  return at + Math.max(LOOK_AGAIN_MS, (at - Date.parse(assessedAt)) * LOOK_AGAIN_SHARE);
}
