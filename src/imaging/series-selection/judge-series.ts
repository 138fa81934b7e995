/**
 * The declared rules applied to every series of a study: who wins, and why each other one lost. Pure: metadata facts
 * in, verdicts out. When nothing is left the commonest sensible reason is given, chosen by a fixed order.
 */
import { abstain, type Abstention, type AbstentionReason } from '../../assessment/domain/abstention.ts';
import type { SeriesVerdict } from '../../assessment/domain/ct-study.ts';
import type { RuleCondition, SelectionRules } from './rule-schema.ts';
import type { SeriesFacts } from './series-facts.ts';

export interface Judgement {
  readonly verdicts: readonly SeriesVerdict[];
  readonly chosen: string | Abstention;
}

interface Judged {
  readonly facts: SeriesFacts;
  readonly score: number | undefined;
  readonly reasons: readonly string[];
  readonly excludedFor: AbstentionReason | undefined;
}

export function judgeSeries(series: readonly SeriesFacts[], rules: SelectionRules): Judgement {
  const judged = series.map((facts) => judge(facts, rules));
  const best = judged.filter(({ score }) => score !== undefined).sort(byScore)[0];
  const verdicts = judged.map(({ facts, score, reasons }) => ({
    seriesInstanceUid: facts.seriesInstanceUid,
    description: facts.description,
    instanceCount: facts.sliceCount,
    ...(score === undefined ? {} : { score }),
    reasons,
    chosen: facts === best?.facts,
  }));
  return { verdicts, chosen: best?.facts.seriesInstanceUid ?? explainRefusal(judged) };
}

/** Ties: more slices, then the lower UID, so that two runs never choose differently. */
function byScore(a: Judged, b: Judged): number {
  const byCount = b.facts.sliceCount - a.facts.sliceCount;
  const byUid = a.facts.seriesInstanceUid < b.facts.seriesInstanceUid ? -1 : 1;
  return (b.score ?? 0) - (a.score ?? 0) || byCount || byUid;
}

function judge(facts: SeriesFacts, { rules }: SelectionRules): Judged {
  const reasons: string[] = [];
  let score = 0;
  for (const rule of rules) {
    if (!rule.when.every((condition) => holds(condition, facts))) continue;
    if ('exclude' in rule) {
      return { facts, score: undefined, reasons: [...reasons, `${rule.id}: excluded`], excludedFor: rule.exclude };
    }
    score += rule.score;
    reasons.push(`${rule.id} ${rule.score < 0 ? '' : '+'}${String(rule.score)}`);
  }
  return { facts, score, reasons, excludedFor: undefined };
}

type TextCondition = Extract<RuleCondition, { matches?: RegExp | undefined }>;
type NumberCondition = Exclude<RuleCondition, TextCondition>;

function holds(condition: RuleCondition, facts: SeriesFacts): boolean {
  const value = facts[condition.fact];
  if (typeof value === 'string') return holdsForText(condition as TextCondition, value);
  return holdsForNumber(condition as NumberCondition, value);
}

function holdsForNumber(condition: NumberCondition, value: number | undefined): boolean {
  const { isNot, below, above, atLeast, atMost, missing } = condition;
  if (value === undefined) return missing === true;
  return (
    missing === undefined &&
    (isNot === undefined || !isNot.includes(value)) &&
    (below === undefined || value < below) &&
    (above === undefined || value > above) &&
    (atLeast === undefined || value >= atLeast) &&
    (atMost === undefined || value <= atMost)
  );
}

function holdsForText({ is, isNot, matches, matchesNot }: TextCondition, value: string): boolean {
  return (
    (is === undefined || is.includes(value)) &&
    (isNot === undefined || !isNot.includes(value)) &&
    (matches === undefined || matches.test(value)) &&
    (matchesNot === undefined || !matchesNot.test(value))
  );
}

/** What a clinician most needs to know first: something usable but for one property, then what was there at all. */
const REFUSAL_ORDER: readonly AbstentionReason[] = [
  'study-incomplete',
  'contrast-enhanced',
  'bone-kernel-only',
  'orientation-not-axial',
  'slice-geometry-inconsistent',
  'too-few-slices',
  'not-head',
  'study-too-large',
  'localizer-only',
  'secondary-capture-only',
  'no-suitable-series',
];

function explainRefusal(judged: readonly Judged[]): Abstention {
  const found = REFUSAL_ORDER.find((reason) => judged.some(({ excludedFor }) => excludedFor === reason));
  const count = judged.length;
  if (found === undefined || count === 0) return abstain('no-suitable-series', 'The study has no CT series');
  const share = judged.filter(({ excludedFor }) => excludedFor === found).length;
  const detail = `None of ${String(count)} series can be used; ${String(share)} of them: ${found}`;
  return abstain(found, detail);
}
