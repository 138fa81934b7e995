/**
 * Reads cards.md: texts with slots, as data. A text that is missing, a summary that could grow too long or a slot
 * that nobody fills is found when the service starts, in every language, and not when a clinician signs.
 */
import { ABSTENTION_REASONS } from '../../src/assessment/domain/abstention.ts';
import { EVIDENCE_LEVELS } from '../../src/assessment/domain/evidence-level.ts';
import { TARGETS } from '../../src/assessment/domain/target.ts';
import { Fault } from '../../src/errors.ts';
import { CARD_IDS, type CardId } from './decision.ts';

/** Slots of summaries and openings, with the longest value each can take in any language. */
const LONGEST_SLOTS: Readonly<Record<string, string>> = {
  'ich-present': 'over 99 %',
  'ich-after-evt': 'over 99 %',
  'poor-collaterals': 'over 99 %',
  'base-rate': '30 % (17 bis 47 %)',
  ahead: '10000',
};
const OPENING_SLOTS = ['minimum-evidence', 'since', 'ahead', 'wait', 'code'];
const SUMMARY_LIMIT = 140;

const PHRASE_IDS = [
  ...['percent', 'percent-low', 'percent-high', 'usual-rate', 'decimal-separator', 'hours'],
  ...['wait-minutes', 'wait-hours', 'wait-unknown'],
  ...['line-number', 'line-interval', 'line-networks', 'line-base-rate', 'line-no-base-rate'],
  ...['line-withheld', 'line-abstained', 'no-ct-detail', 'target-all', 'ct', 'ct-without-age', 'orders', 'sources'],
  ...['footer', 'footer-without-model', 'summary-simulated', 'summary-untrained'],
  ...['summary-late-images', 'late-images', 'late-images-shown'],
  ...['banner-untrained', 'banner-in-silico', 'banner-research'],
  ...['banner-some-untrained', 'banner-some-in-silico', 'banner-some-research'],
  ...['link-evidence', 'link-pending', 'follow-up-label', 'follow-up-description', 'follow-up-reason'],
  ...['source-label', 'topic-stop-gate', 'topic-risk'],
  ...TARGETS.map((target) => `target-${target}`),
  ...EVIDENCE_LEVELS.map((level) => `evidence-${level}`),
  ...ABSTENTION_REASONS.map((reason) => `reason-${reason}`),
];

export interface CardText {
  readonly summary: string;
  readonly opening: string;
}

export interface CardTexts {
  readonly cards: Readonly<Record<CardId, CardText>>;
  /** A phrase with its slots filled. Slots that are not given stay empty. */
  phrase(id: string, slots?: Readonly<Record<string, string>>): string;
}

/** Throws Fault `config-invalid`, naming the section, phrase or slot. */
export function parseCardTexts(markdown: string): CardTexts {
  const sections = splitSections(markdown);
  const cards = Object.fromEntries(CARD_IDS.map((id) => [id, requireCard(id, sections.get(id))])) as Record<
    CardId,
    CardText
  >;
  const phrases = parsePhrases(sections.get('phrases') ?? '');
  const missing = PHRASE_IDS.find((id) => !phrases.has(id));
  if (missing !== undefined) throw new Fault('config-invalid', `Card texts: phrase ${missing} is missing`);
  for (const [id, { summary }] of Object.entries(cards)) requireShortSummary(id, summary, phrases);
  requireShortSummary('summary-late-images', phrases.get('summary-late-images') ?? '', phrases);
  return {
    cards,
    phrase: (id, slots = {}) => fillSlots(phrases.get(id) ?? '', slots),
  };
}

export function fillSlots(text: string, slots: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([a-z-]+)\}/g, (_whole, name: string) => slots[name] ?? '');
}

function splitSections(markdown: string): ReadonlyMap<string, string> {
  const parts = markdown.replaceAll('\r\n', '\n').split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n'))]));
}

function requireCard(id: CardId, section: string | undefined): CardText {
  const lines = (section ?? '').trim().split('\n');
  const summary = lines[0]?.startsWith('> ') === true ? lines[0].slice(2).trim() : '';
  const opening = lines.slice(1).join('\n').trim();
  if (summary === '' || opening === '') throw new Fault('config-invalid', `Card texts: section ${id} is incomplete`);
  const known = [...Object.keys(LONGEST_SLOTS), 'reason', ...OPENING_SLOTS];
  const unknown = [...`${summary}${opening}`.matchAll(/\{([^}]*)\}/g)].find((match) => !known.includes(match[1] ?? ''));
  if (unknown !== undefined) throw new Fault('config-invalid', `Card texts: ${id} has an unknown slot ${unknown[0]}`);
  return { summary, opening };
}

function parsePhrases(section: string): ReadonlyMap<string, string> {
  return new Map([...section.matchAll(/^- `([a-z-]+)`: (.+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** CDS Hooks 2.0, Card Attributes: summary < 140 characters, for every value its slots can take. */
function requireShortSummary(id: string, summary: string, phrases: ReadonlyMap<string, string>): void {
  const reasons = ABSTENTION_REASONS.map((reason) => phrases.get(`reason-${reason}`) ?? '');
  const longestReason = reasons.reduce((longest, one) => (one.length > longest.length ? one : longest), '');
  const prefix = phrases.get('summary-untrained') ?? '';
  const longest = `${prefix} ${fillSlots(summary, { ...LONGEST_SLOTS, reason: longestReason })}`;
  if (Array.from(longest).length >= SUMMARY_LIMIT) {
    throw new Fault(
      'config-invalid',
      `Card texts: the summary of ${id} can reach ${String(longest.length)} characters`,
    );
  }
}
