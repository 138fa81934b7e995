/**
 * May this CT be judged yet? Images arrive over seconds to hours, and what is recorded is for good (ADR 0006). A study
 * has arrived once nothing about it has changed for a while: by the chart's date where the chart counts the images,
 * else by two looks at the archive. The looks are in this process's memory: after a restart it takes one look more.
 */
import { Fault } from '../errors.ts';
import type { CtLoadResult, CtStudy } from './domain/ct-study.ts';

/** Engineering: between two images of one transfer seconds pass, between two of its series at most about a minute. */
export const SETTLED_AFTER_MS = 90_000;
/** A study asked for this long is judged as it is: an order for thrombectomy matters no longer than that. */
export const ARRIVAL_WINDOW_MS = 60 * 60_000;

export interface ArrivalWatch {
  /**
   * Throws Fault `study-arriving` (retryable) while the study may still be on its way.
   * @param asked when its analysis was first asked for, undefined = just now; and whether the archive is known to hold
   * images of which the chart knows nothing
   */
  requireArrived(
    study: CtStudy,
    ct: CtLoadResult,
    asked: { readonly askedAt?: Date | undefined; readonly isChartBehind?: boolean },
  ): void;
}

interface Look {
  readonly content: string;
  /** ms since the epoch: the first and the latest look that saw this content. */
  readonly since: number;
  readonly latest: number;
  /** The archive grew while the chart's date stood still: that date says nothing about the images. */
  readonly isChartBehind: boolean;
}

export function createArrivalWatch(now: () => Date): ArrivalWatch {
  const looks = new Map<string, Look>();

  function look(study: CtStudy, ct: CtLoadResult, at: number): Look {
    for (const [uid, { latest }] of looks) if (at - latest > ARRIVAL_WINDOW_MS) looks.delete(uid);
    const content = describeContent(study, ct);
    const last = looks.get(study.studyInstanceUid);
    const isSame = last?.content === content;
    const isChartBehind = last !== undefined && !isSame && (readChange(study) ?? 0) < last.latest;
    // Where the clock was set back, what was seen before it counts as seen just now.
    const since = isSame ? Math.min(last.since, at) : at;
    const seen = { content, isChartBehind, ...(isSame && last), since, latest: at };
    looks.set(study.studyInstanceUid, seen);
    return seen;
  }

  return {
    requireArrived(study, ct, { askedAt, isChartBehind: isKnownBehind }) {
      const at = now().getTime();
      const { since, isChartBehind } = look(study, ct, at);
      if (askedAt !== undefined && at - askedAt.getTime() >= ARRIVAL_WINDOW_MS) return;
      // The archive says itself that something is missing: no stillness answers that.
      if (ct.kind === 'refused' && ct.abstention.reason === 'study-incomplete') {
        throw new Fault('study-arriving', ct.abstention.detail, { retryable: true });
      }
      const changedAt = isChartBehind || isKnownBehind === true ? undefined : readChange(study);
      const stillMs = at - Math.min(since, changedAt ?? at);
      if (stillMs >= SETTLED_AFTER_MS) return;
      const retryAfterMs = SETTLED_AFTER_MS - stillMs;
      throw new Fault('study-arriving', 'The study changed a moment ago', { retryable: true, retryAfterMs });
    },
  };
}

/** What the archive showed, series by series, beside what the chart lists. */
function describeContent({ series }: CtStudy, { report }: CtLoadResult): string {
  const held = report.series.map(({ seriesInstanceUid, instanceCount }) => [seriesInstanceUid, instanceCount]);
  return JSON.stringify([held, series]);
}

/** The chart's date says something about the images only where the chart counts them. */
function readChange({ series, changedAt }: CtStudy): number | undefined {
  const isCounted = series.length > 0 && series.every(({ numberOfInstances }) => numberOfInstances !== undefined);
  const at = Date.parse(changedAt ?? '');
  return isCounted && !Number.isNaN(at) ? at : undefined;
}
