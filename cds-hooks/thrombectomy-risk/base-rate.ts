/**
 * What usually happens, beside every probability, with its source. The figures are data (base-rates.json); pooled
 * results may replace them when the service is put together.
 */
import { z } from 'zod';
import type { Target } from '../../src/assessment/domain/target.ts';
import { Fault } from '../../src/errors.ts';
import type { CardTexts } from './card-texts.ts';
import { escapeUntrusted } from './untrusted-text.ts';

const percent = z.number().min(0).max(100);

const baseRate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('range'),
    lowPercent: percent,
    highPercent: percent,
    sources: z.array(z.object({ citation: z.string(), patients: z.int().positive(), figure: z.string() })).min(1),
  }),
]);

const baseRates = z.object({ 'ich-present': baseRate, 'ich-after-evt': baseRate, 'poor-collaterals': baseRate });

export type BaseRates = z.infer<typeof baseRates>;

/** Throws Fault `config-invalid`. */
export function requireBaseRates(value: unknown): BaseRates {
  const result = baseRates.safeParse(value);
  if (!result.success)
    throw new Fault('config-invalid', 'base-rates.json does not have the form base-rate.ts asks for');
  return result.data;
}

/** "33 to 42%", or undefined where no rate is published. */
export function formatBaseRate(rates: BaseRates, target: Target, texts: CardTexts): string | undefined {
  const rate = rates[target];
  if (rate.kind === 'none') return undefined;
  return texts.phrase('percent-range', { low: formatPercent(rate.lowPercent), high: formatPercent(rate.highPercent) });
}

/** The sources of the rates of these targets, as one sentence; undefined when there is nothing to cite. */
export function citeBaseRates(rates: BaseRates, targets: readonly Target[], texts: CardTexts): string | undefined {
  const cited = targets.flatMap((target) => {
    const rate = rates[target];
    return rate.kind === 'none' ? [] : rate.sources;
  });
  if (cited.length === 0) return undefined;
  const sources = cited.map(({ citation, patients, figure }) =>
    texts.phrase('source', {
      citation: escapeUntrusted(citation, 200),
      patients: String(patients),
      figure: escapeUntrusted(figure, 120),
    }),
  );
  return texts.phrase('sources', { sources: sources.join('; ') });
}

function formatPercent(value: number): string {
  return String(Math.round(value));
}
