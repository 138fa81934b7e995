/**
 * The horizontal axis of a forest plot: percent from 0 to the next full ten beyond every study, odds ratios on a log
 * scale around 1, areas from 0.5 (a coin) to 1. Values outside are placed at its end and said to be beyond.
 */
import type { Pool } from './published-evidence.ts';

export interface ForestAxis {
  readonly ticks: readonly number[];
  place(value: number): { readonly x: number; readonly isBeyond: boolean };
}

const RATIO_TICKS = [0.25, 0.5, 1, 2, 4, 8];
const AREA_TICKS = [0.5, 0.6, 0.7, 0.8, 0.9, 1];

export function createForestAxis(pool: Pool, from: number, to: number): ForestAxis {
  const ticks = chooseTicks(pool);
  const scale = pool.measure === 'odds-ratio' ? Math.log : (value: number) => value;
  const [lowest, highest] = [scale(ticks[0] ?? 0), scale(ticks.at(-1) ?? 1)];
  return {
    ticks,
    place(value) {
      const share = (scale(value) - lowest) / (highest - lowest);
      const inside = Math.min(1, Math.max(0, share));
      return { x: from + inside * (to - from), isBeyond: inside !== share };
    },
  };
}

function chooseTicks({ measure, rows, result }: Pool): readonly number[] {
  if (measure === 'auc') return AREA_TICKS;
  const shown = rows.flatMap(({ lower, upper }) => [lower, upper]);
  if (measure === 'odds-ratio') {
    const [lowest, highest] = [Math.min(1, ...shown), Math.max(1, ...shown)];
    const first = RATIO_TICKS.findLastIndex((tick) => tick <= lowest);
    const last = RATIO_TICKS.findIndex((tick) => tick >= highest);
    return RATIO_TICKS.slice(Math.max(0, first - (first > 1 ? 1 : 0)), last < 0 ? undefined : last + 1);
  }
  const predicted = result.kind === 'pooled' ? [result.predictionUpper] : [];
  const end = Math.min(100, Math.ceil((Math.max(...shown, ...predicted) * 100) / 10) * 10);
  const step = end > 40 ? 10 : 5;
  return Array.from({ length: end / step + 1 }, (_none, index) => (index * step) / 100);
}
