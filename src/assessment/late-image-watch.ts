/**
 * Looks whether images reached a study after it was assessed, where an order has no time to: at our own chart and at the
 * archive. Who sees some asks for the next assessment, and that request is how every replica knows (ADR 0007): from then
 * on no order is told the old answer, whatever its own view of the study says.
 */
import { isFault } from '../errors.ts';
import { countNextRevision, createNextKey, findFirstKey } from './assessment-key.ts';
import type { CtStudy } from './domain/ct-study.ts';
import type { StudyAssessment } from './domain/finding.ts';
import type { AnalysisQueue, Chart, ListHeldSeries } from './domain/ports.ts';
import { hasLateImages, hasLateImagesInArchive } from './late-images.ts';

export interface LateImageWatchParts {
  readonly chart: Pick<Chart, 'readCtStudy'>;
  readonly queue: Pick<AnalysisQueue, 'findUnknown' | 'request'>;
  readonly listHeldSeries: ListHeldSeries;
  readonly now: () => Date;
}

type Call = Parameters<Chart['readCtStudy']>[1];

/** `not-told`: chart or archive could not be asked. */
export type LateImageFinding = 'late' | 'none-seen' | 'not-told';

export interface LateImageWatch {
  look(assessment: StudyAssessment, call: Call): Promise<LateImageFinding>;
  /** The same, for nobody who waits: asks for the next assessment where images came. Now and then per study. */
  lookSoon(assessment: StudyAssessment): void;
  /** Is it known without asking the archive? Throws Fault where our own chart cannot be read. */
  isKnownLate(assessment: StudyAssessment, call: Call): Promise<boolean>;
}

/**
 * After so many assessments of one study the archive is not asked any more, only the chart: one whose answers change
 * without an end must not fill chart and queue. Engineering; a CT that is sent in more than a dozen parts was never seen.
 */
export const MOST_REVISIONS_BY_ARCHIVE = 12;
/** Orders come in pairs (order-select, order-sign), and the second is the one that counts. */
const PAUSE_MS = 10_000;
const LONGEST_LOOK_MS = 20_000;
const MOST_AT_ONCE = 4;

export function createLateImageWatch(parts: LateImageWatchParts): LateImageWatch {
  const { chart, queue, listHeldSeries, now } = parts;
  /** By first key: when a look was last begun for nobody who waits. */
  const lookedAt = new Map<string, number>();
  let underWay = 0;

  async function look(assessment: StudyAssessment, call: Call): Promise<LateImageFinding> {
    const study = await readOwn(assessment, call).catch(toUnread);
    if (study === 'unread') return 'not-told';
    if (study === undefined) return 'none-seen';
    if (hasLateImages(study, assessment)) return 'late';
    if (assessment.heldSeries === undefined || countNextRevision(assessment) > MOST_REVISIONS_BY_ARCHIVE) {
      return 'none-seen';
    }
    const held = await listHeldSeries(study, call);
    if (held === undefined) return 'not-told';
    return hasLateImagesInArchive(held, assessment) ? 'late' : 'none-seen';
  }

  /** Undefined where the chart has another study under this id now, or none that may be assessed. */
  async function readOwn(assessment: StudyAssessment, call: Call): Promise<CtStudy | undefined> {
    const study = await chart.readCtStudy(assessment.imagingStudyId, call);
    return 'kind' in study || study.studyInstanceUid !== assessment.studyInstanceUid ? undefined : study;
  }

  /** Nobody waits for it: what goes wrong here, the next order or the sweep mends. */
  async function lookAndAsk(assessment: StudyAssessment): Promise<void> {
    underWay += 1;
    try {
      const found = await look(assessment, { signal: AbortSignal.timeout(LONGEST_LOOK_MS) });
      if (found !== 'late') return;
      const { imagingStudyId } = assessment;
      const revision = countNextRevision(assessment);
      await queue.request({ key: createNextKey(assessment), imagingStudyId, revision, urgency: 'order' });
    } catch {
      return;
    } finally {
      underWay -= 1;
    }
  }

  return {
    look,
    lookSoon(assessment) {
      const at = now().getTime();
      for (const [key, since] of lookedAt) if (Math.abs(at - since) >= PAUSE_MS) lookedAt.delete(key);
      const firstKey = findFirstKey(assessment);
      if (lookedAt.has(firstKey) || underWay >= MOST_AT_ONCE) return;
      lookedAt.set(firstKey, at);
      void lookAndAsk(assessment);
    },
    async isKnownLate(assessment, call) {
      const next = [createNextKey(assessment)];
      const [unknown, study] = await Promise.all([
        // Without the queue's database the chart's answer is one too.
        queue.findUnknown(next).catch(() => next),
        readOwn(assessment, call),
      ]);
      return unknown.length === 0 || (study !== undefined && hasLateImages(study, assessment));
    },
  };
}

function toUnread(error: unknown): 'unread' {
  if (!isFault(error)) throw error;
  return 'unread';
}
