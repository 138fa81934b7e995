/**
 * HTI and SEDAN: published point scores, computed from the chart beside the networks and never mixed into them.
 * The tables are data (score-tables.json) with their citations. A missing input means "not computed": nothing is
 * imputed, and no input is ever read from a network.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Localized } from '../domain/language.ts';
import type { FactName } from './fact-codes.ts';

export type ScoreFactName = FactName | 'ageYears';

/** One fact as the chart holds it. */
export interface ScoreFact {
  readonly value: number | boolean;
  /** When it was observed, ISO 8601. */
  readonly at?: string;
  /** `Observation/x`, `Condition/x` or `Patient/x`. */
  readonly source: string;
}

export type ScoreFacts = { readonly [Name in ScoreFactName]?: ScoreFact };

const factName = z.enum([
  'nihss',
  'aspects',
  'glucose',
  'denseArterySign',
  'earlyInfarctSigns',
  'atrialFibrillation',
  'ageYears',
]) satisfies z.ZodType<ScoreFactName>;

const localized = z.strictObject({ en: z.string(), de: z.string() }) satisfies z.ZodType<Localized>;

const banded = z.strictObject({
  fact: factName,
  label: localized,
  /** The value is rounded to so many decimals before it is looked up: published tables are written that way. */
  decimals: z.int(),
  /** Ascending; the last one is also the largest plausible value. The smallest is 0. */
  bands: z.array(z.strictObject({ upTo: z.number(), points: z.int() })).min(2),
});
const signed = z.strictObject({ fact: factName, label: localized, pointsIfPresent: z.int() });

const scoreTable = z.strictObject({
  id: z.enum(['hti', 'sedan']),
  name: z.string(),
  predicts: localized,
  derivedIn: localized,
  citation: z.string(),
  items: z.array(z.union([banded, signed])),
  /** Published risk in percent; the index is the number of points. */
  riskPercent: z.array(z.number()),
  /** What is said for more points than the publication has a figure for. */
  beyond: localized,
});

export type ScoreTable = z.infer<typeof scoreTable>;
type ScoreItem = ScoreTable['items'][number];

export const SCORE_TABLES: readonly ScoreTable[] = z
  .array(scoreTable)
  .parse(JSON.parse(readFileSync(new URL('score-tables.json', import.meta.url), 'utf8')));

export interface ScoredItem {
  readonly label: Localized;
  readonly value: number | boolean;
  readonly points: number;
  readonly source: string;
  readonly at?: string;
}

export interface MissingItem {
  readonly label: Localized;
  readonly implausible?: number | boolean;
}

interface ScoreHead {
  readonly id: ScoreTable['id'];
  readonly name: string;
  readonly predicts: Localized;
  readonly derivedIn: Localized;
  readonly citation: string;
  /** What could be scored, whether or not the whole could. */
  readonly items: readonly ScoredItem[];
}

export type ScoreResult =
  | (ScoreHead & {
      readonly kind: 'computed';
      readonly points: number;
      readonly maximumPoints: number;
      /** Published risk; absent beyond the published points, then `beyond` says so. */
      readonly riskPercent?: number;
      readonly beyond?: Localized;
    })
  | (ScoreHead & {
      readonly kind: 'not-computed';
      /** Inputs that are missing, or implausible with this value. */
      readonly missing: readonly MissingItem[];
    });

/** Every known score over these facts. */
export function computeScores(facts: ScoreFacts): readonly ScoreResult[] {
  return SCORE_TABLES.map((table) => computeScore(table, facts));
}

export function computeScore(table: ScoreTable, facts: ScoreFacts): ScoreResult {
  const items: ScoredItem[] = [];
  const missing: MissingItem[] = [];
  for (const item of table.items) {
    const fact = facts[item.fact];
    const points = fact && scoreItem(item, fact.value);
    if (!fact) missing.push({ label: item.label });
    else if (points === undefined) missing.push({ label: item.label, implausible: fact.value });
    else {
      const { value, source, at } = fact;
      items.push({ label: item.label, value, points, source, ...(at === undefined ? {} : { at }) });
    }
  }
  const { id, name, predicts, derivedIn, citation } = table;
  const head = { id, name, predicts, derivedIn, citation, items };
  if (missing.length > 0) return { ...head, kind: 'not-computed', missing };
  const points = items.reduce((sum, item) => sum + item.points, 0);
  const riskPercent = table.riskPercent[points];
  const maximumPoints = table.items.reduce((sum, item) => sum + maximumOf(item), 0);
  const risk = riskPercent === undefined ? { beyond: table.beyond } : { riskPercent };
  return { ...head, kind: 'computed', points, maximumPoints, ...risk };
}

/** Undefined where the value has the wrong form or lies outside the table. */
function scoreItem(item: ScoreItem, value: number | boolean): number | undefined {
  if ('pointsIfPresent' in item) {
    if (typeof value !== 'boolean') return undefined;
    return value ? item.pointsIfPresent : 0;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  const factor = 10 ** item.decimals;
  const rounded = Math.round(value * factor) / factor;
  return item.bands.find((band) => rounded <= band.upTo)?.points;
}

function maximumOf(item: ScoreItem): number {
  return 'pointsIfPresent' in item ? item.pointsIfPresent : Math.max(...item.bands.map((band) => band.points));
}
