/**
 * What usually happens, beside every probability, with its source. base-rates.json names the pool of the published
 * evidence (evidence/results.json) that answers for a target; the figures stand there and nowhere else.
 */
import { z } from 'zod';
import { requirePooled, type PublishedEvidence } from '../../evidence/published-evidence.ts';
import { TARGETS, type Target } from '../../src/assessment/domain/target.ts';
import { Fault } from '../../src/errors.ts';
import type { CardTexts } from './card-texts.ts';
import { escapeUntrusted } from './untrusted-text.ts';

const choice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('pooled'), pool: z.string() }),
]);

const baseRateFile = z.object({ 'ich-after-evt': choice, 'ich-present': choice, 'poor-collaterals': choice });

export interface PooledRate {
  readonly kind: 'pooled';
  /** Its name among the pools of the published evidence. */
  readonly pool: string;
  readonly percent: number;
  /** 95 % interval of the average. */
  readonly lowPercent: number;
  readonly highPercent: number;
  /** Where a further hospital's own rate is expected with 95 %. */
  readonly expectedLowPercent: number;
  readonly expectedHighPercent: number;
  readonly studies: readonly string[];
  readonly patients: number;
}

export type BaseRate = { readonly kind: 'none' } | PooledRate;
export type BaseRates = Readonly<Record<Target, BaseRate>>;

/** Throws Fault `config-invalid`. */
export function requireBaseRates(value: unknown, evidence: PublishedEvidence): BaseRates {
  const result = baseRateFile.safeParse(value);
  if (!result.success)
    throw new Fault('config-invalid', 'base-rates.json does not have the form base-rate.ts asks for');
  const rates = TARGETS.map((target) => [target, toBaseRate(result.data[target], evidence)] as const);
  return Object.fromEntries(rates) as unknown as BaseRates;
}

function toBaseRate(chosen: z.infer<typeof choice>, evidence: PublishedEvidence): BaseRate {
  if (chosen.kind === 'none') return { kind: 'none' };
  const { measure, result, rows, patients } = requirePooled(evidence, chosen.pool);
  if (measure !== 'proportion' || patients === undefined)
    throw new Fault('config-invalid', `base-rates.json: ${chosen.pool} is no rate`);
  return {
    kind: 'pooled',
    pool: chosen.pool,
    percent: result.estimate * 100,
    lowPercent: result.lower * 100,
    highPercent: result.upper * 100,
    expectedLowPercent: result.predictionLower * 100,
    expectedHighPercent: result.predictionUpper * 100,
    studies: rows.map(({ label }) => label),
    patients,
  };
}

/** "30% (17 to 47%)": the pooled rate and what a further hospital may expect; undefined where no rate is published. */
export function formatBaseRate(rates: BaseRates, target: Target, texts: CardTexts): string | undefined {
  const rate = rates[target];
  if (rate.kind === 'none') return undefined;
  return texts.phrase('usual-rate', {
    percent: formatPercent(rate.percent),
    low: formatPercent(rate.expectedLowPercent),
    high: formatPercent(rate.expectedHighPercent),
  });
}

/** Where the rates of these targets come from, in a sentence or two; undefined when there is nothing to cite. */
export function citeBaseRates(rates: BaseRates, targets: readonly Target[], texts: CardTexts): string | undefined {
  const cited = targets.flatMap((target) => {
    const rate = rates[target];
    return rate.kind === 'none' ? [] : [citeRate(rate, texts)];
  });
  return cited.length === 0 ? undefined : cited.join(' ');
}

function citeRate(rate: PooledRate, texts: CardTexts): string {
  return texts.phrase('sources', {
    percent: formatPercent(rate.percent),
    low: formatPercent(rate.lowPercent),
    high: formatPercent(rate.highPercent),
    'expected-low': formatPercent(rate.expectedLowPercent),
    'expected-high': formatPercent(rate.expectedHighPercent),
    count: String(rate.studies.length),
    patients: String(rate.patients),
    studies: rate.studies.map((label) => escapeUntrusted(label, 60)).join(', '),
  });
}

function formatPercent(value: number): string {
  return String(Math.round(value));
}
