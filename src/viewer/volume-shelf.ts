/**
 * The CT behind an assessment, fetched from the archive when somebody looks, kept in memory for a few minutes and
 * nowhere else. The series is the one that was analysed, never chosen anew; the digest says whether it is still the CT
 * the networks saw.
 */
import type { Abstention } from '../assessment/domain/abstention.ts';
import type { CtStudy } from '../assessment/domain/ct-study.ts';
import type { CtVolume } from '../assessment/domain/ct-volume.ts';
import type { StudyAssessment } from '../assessment/domain/finding.ts';
import type { Chart, CtSource } from '../assessment/domain/ports.ts';

export type OpenedVolume =
  | { readonly kind: 'volume'; readonly volume: CtVolume; readonly isWhatNetworksSaw: boolean }
  | { readonly kind: 'unavailable'; readonly detail: string };

export interface VolumeShelf {
  /** Concurrent calls for one assessment share one fetch. Throws Fault when the archive or the chart fails. */
  open(assessment: StudyAssessment, options: { readonly signal: AbortSignal }): Promise<OpenedVolume>;
  /** What is on the shelf already; undefined when it has to be opened. */
  find(key: string, options: { readonly signal: AbortSignal }): Promise<OpenedVolume> | undefined;
  /** Forgets everything at once. */
  clear(): void;
}

/** imaging's CT source with its way back to the pixels of one series: no selection, no quality gate. */
export interface ViewerCtSource extends CtSource {
  loadPixelsForViewing(
    study: CtStudy,
    seriesInstanceUid: string,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly kind: 'volume'; readonly volume: CtVolume } | Abstention>;
}

export interface VolumeShelfOptions {
  readonly chart: Pick<Chart, 'readCtStudy'>;
  readonly ctSource: ViewerCtSource;
  /** A fetch goes on although the first viewer left: others may wait for it. It ends after this time. */
  readonly fetchTimeoutMs?: number;
  readonly maximumVolumes?: number;
  readonly keepMs?: number;
}

interface Entry {
  readonly opened: Promise<OpenedVolume>;
  timer: NodeJS.Timeout | undefined;
}

export function createVolumeShelf(options: VolumeShelfOptions): VolumeShelf {
  const { maximumVolumes = 4, keepMs = 10 * 60_000, fetchTimeoutMs = 60_000 } = options;
  const entries = new Map<string, Entry>();

  function forget(key: string): void {
    clearTimeout(entries.get(key)?.timer);
    entries.delete(key);
  }

  /** Used last, kept longest; the timer is what bounds how long pixels stay. */
  function touch(key: string, entry: Entry): void {
    forget(key);
    entry.timer = setTimeout(() => entries.delete(key), keepMs).unref();
    entries.set(key, entry);
    for (const oldest of entries.keys()) if (entries.size > maximumVolumes) forget(oldest);
  }

  return {
    async open(assessment, { signal }) {
      const known = entries.get(assessment.key);
      const entry: Entry = known ?? {
        opened: fetchVolume(options, assessment, AbortSignal.timeout(fetchTimeoutMs)),
        timer: undefined,
      };
      touch(assessment.key, entry);
      if (!known) entry.opened.catch(() => entries.get(assessment.key) === entry && forget(assessment.key));
      return waitWithin(entry.opened, signal);
    },
    find(key, { signal }) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      touch(key, entry);
      return waitWithin(entry.opened, signal);
    },
    clear() {
      for (const key of [...entries.keys()]) forget(key);
    },
  };
}

async function fetchVolume(
  { chart, ctSource }: VolumeShelfOptions,
  assessment: StudyAssessment,
  signal: AbortSignal,
): Promise<OpenedVolume> {
  const study = await chart.readCtStudy(assessment.imagingStudyId, { signal });
  if ('kind' in study) return { kind: 'unavailable', detail: study.detail };
  const { seriesInstanceUid } = assessment;
  const loaded =
    seriesInstanceUid === undefined
      ? await loadUnanalysed(ctSource, study, signal)
      : await ctSource.loadPixelsForViewing(study, seriesInstanceUid, { signal });
  if (loaded.kind === 'abstained') return { kind: 'unavailable', detail: loaded.detail };
  const { volume } = loaded;
  return { kind: 'volume', volume, isWhatNetworksSaw: volume.digest === assessment.inputDigest };
}

/** No series was analysed: the reason why, or a CT that no network saw. */
async function loadUnanalysed(ctSource: CtSource, study: CtStudy, signal: AbortSignal) {
  const loaded = await ctSource.loadHeadCt(study, { signal });
  return loaded.kind === 'refused' ? loaded.abstention : loaded;
}

async function waitWithin<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  return new Promise<Result>((resolve, reject) => {
    const stop = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
