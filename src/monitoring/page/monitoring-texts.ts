/** The words of the report: data with a schema, so that a missing text is found when the service starts. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AbstentionReason } from '../../assessment/domain/abstention.ts';
import type { EvidenceLevel } from '../../assessment/domain/evidence-level.ts';
import type { Target } from '../../assessment/domain/target.ts';
import answerGroups from '../report/answer-groups.json' with { type: 'json' };
import { ANSWER_GROUPS, UNPLACED_REASONS } from '../report/site-report.ts';

const words = z.string().min(1);
const section = <const Names extends readonly string[]>(names: Names) => z.record(z.enum(names), words);

const monitoringTexts = z.strictObject({
  language: z.enum(['en', 'de']),
  /** For numbers and days (BCP 47). */
  locale: words,
  page: section([
    'title',
    'trialTitle',
    'period',
    'notice',
    'from',
    'to',
    'show',
    'madeAt',
    'shadow',
    'link',
    'table',
    'tooFewYet',
    'weekOf',
  ]),
  refusals: section(['expired', 'refused', 'notAudited', 'days', 'tooLarge', 'busy', 'chart']),
  units: section(['hours', 'minutes', 'seconds', 'milliseconds']),
  overview: section(['title', 'calls', 'orders', 'shown', 'shownShadow', 'studies', 'overridden']),
  answers: section([
    'title',
    'plot',
    'day',
    'week',
    'calls',
    'shown',
    'group',
    'card',
    'cards',
    'byGroup',
    'once',
    'empty',
  ]),
  groups: z.record(z.enum(ANSWER_GROUPS), words),
  cards: z.record(z.enum(Object.values(answerGroups).flat() as [string, ...string[]]), words),
  times: section([
    'title',
    'caption',
    'what',
    'count',
    'median',
    'p95',
    'longest',
    'answering',
    'resulting',
    'assessing',
    'missing',
    'empty',
  ]),
  feedback: section(['title', 'said', 'rate', 'none', 'reasons', 'reason', 'cards', 'elsewhere', 'noReason', 'shadow']),
  results: section(['studies', 'reasons', 'reason', 'cts', 'evidence', 'withheld', 'empty']),
  scores: section([
    'title',
    'plot',
    'site',
    'validation',
    'probability',
    'tenth',
    'threshold',
    'noReference',
    'flatReference',
    'driftTooFew',
    'distance',
    'psi',
    'psiChance',
    'psiBeyond',
    'ksSmall',
    'tooFew',
    'hint',
  ]),
  outcomes: section([
    'title',
    'coverage',
    'few',
    'plot',
    'ideal',
    'group',
    'patients',
    'predicted',
    'observed',
    'interval',
    'overall',
    'brier',
    'auc',
    'aucNoInterval',
    'aucTooFew',
    'sensitivity',
    'specificity',
    'sensitivityTooFew',
    'specificityTooFew',
    'unplaced',
    'reason',
    'entries',
  ]),
  questions: z.record(z.enum(['ich-present', 'ich-after-evt', 'poor-collaterals']), words),
  unplaced: z.record(z.enum(UNPLACED_REASONS), words),
  method: section([
    'title',
    'queries',
    'query',
    'resources',
    'unreadable',
    'version',
    'others',
    'otherVersion',
    'notes',
    'noteGroups',
    'noteSelection',
    'noteStatistics',
    'noteNever',
  ]),
});

export type MonitoringTexts = z.infer<typeof monitoringTexts>;

/** Words that other pages have too; the composition root hands them in, in the same language. */
export interface SharedWords {
  readonly targets: Readonly<Record<Target, { readonly title: string }>>;
  readonly evidenceLevels: Readonly<Record<EvidenceLevel, string>>;
  readonly reasons: Readonly<Record<AbstentionReason, string>>;
  /** Override reasons by code. */
  readonly overrideReasons: ReadonlyMap<string, string>;
}

/** Throws ZodError where a text is missing. */
export function readMonitoringTexts(language: 'en' | 'de'): MonitoringTexts {
  return monitoringTexts.parse(JSON.parse(readFileSync(new URL(`../texts.${language}.json`, import.meta.url), 'utf8')));
}
