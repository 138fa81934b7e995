/**
 * A forest plot as SVG: one row a study with its counts, interval and weight, the pooled diamond, the prediction
 * interval below it. Words stand in it as text, title and desc say it to those who do not see it, and colours come
 * from classes: a file of its own follows the reader's light or dark scheme, a plot inside a page follows the page.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createForestAxis, type ForestAxis } from './forest-axis.ts';
import type { EvidenceRow, Pool, PooledResult } from './published-evidence.ts';
import { formatCount, formatEstimate, formatRange, toFixed, type Language } from './readable-numbers.ts';

const words = z.string().min(1);
const byMeasure = z.strictObject({ proportion: words, 'odds-ratio': words, auc: words });
const texts = z.strictObject({
  study: words,
  counts: byMeasure,
  estimate: byMeasure,
  weight: words,
  pooled: words,
  prediction: words,
  axis: byMeasure,
  sensitivity: words,
  heterogeneity: words,
  description: words,
  unknown: words,
  to: words,
});
const TEXTS = z
  .strictObject({ en: texts, de: texts })
  .parse(JSON.parse(readFileSync(new URL('forest-texts.json', import.meta.url), 'utf8')));

const WIDTH = 960;
const COLUMN = { study: 12, counts: 310, plotFrom: 330, plotTo: 660, estimate: 680, weight: 948 } as const;
const ROW_HEIGHT = 26;
const HEAD = 74;

const STYLE = `
  .forest { --ink: #17212b; --soft: #4a5967; --line: #b9c3cc; --mark: #1d4f73; --pool: #9a3412; }
  @media (prefers-color-scheme: dark) {
    .forest { --ink: #e8edf2; --soft: #b4c0cb; --line: #55636f; --mark: #8cc4ee; --pool: #f5a97f; }
  }
  .forest text { font: 13px system-ui, 'Segoe UI', Roboto, Arial, sans-serif; fill: var(--ink); }
  .forest .heading { font-weight: 600; font-size: 15px; }
  .forest .soft { fill: var(--soft); font-size: 12px; }
  .forest .strong { font-weight: 600; }
  .forest line { stroke: var(--ink); }
  .forest .rule { stroke: var(--line); }
  .forest .pooled-line { stroke: var(--pool); stroke-dasharray: 3 4; }
  .forest .square { fill: var(--mark); }
  .forest .interval { stroke: var(--mark); stroke-width: 1.5; }
  .forest .arrow { fill: var(--mark); }
  .forest .arrow.prediction { fill: var(--pool); }
  .forest .diamond { fill: var(--pool); }
  .forest .prediction { stroke: var(--pool); stroke-width: 2; }
`;

interface Drawing {
  readonly pool: Pool;
  readonly result: PooledResult;
  readonly axis: ForestAxis;
  readonly language: Language;
}

/** @param options.isStandalone with its own colours; without it the page's style sheet colours the classes. */
export function drawForest(
  pool: Pool,
  options: { readonly isStandalone: boolean; readonly language: Language },
): string | undefined {
  if (pool.result.kind !== 'pooled') return undefined;
  const { language } = options;
  const drawing = { pool, result: pool.result, axis: createForestAxis(pool, COLUMN.plotFrom, COLUMN.plotTo), language };
  const height = HEAD + (pool.rows.length + 2) * ROW_HEIGHT + 62;
  const names = `${pool.id}-title ${pool.id}-desc`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="forest" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${names}">`,
    `<title id="${pool.id}-title">${escapeXml(pool.title[language])}</title>`,
    `<desc id="${pool.id}-desc">${escapeXml(describeForest(drawing))}</desc>`,
    ...(options.isStandalone ? [`<style>${STYLE}</style>`] : []),
    ...drawHead(drawing),
    ...pool.rows.map((row, index) => drawRow(drawing, row, HEAD + index * ROW_HEIGHT + 18)),
    ...drawPooled(drawing, HEAD + pool.rows.length * ROW_HEIGHT + 24),
    ...drawAxis(drawing, HEAD + (pool.rows.length + 2) * ROW_HEIGHT + 14),
    '</svg>',
    '',
  ].join('\n');
}

/** The plot in words. */
function describeForest({ pool, result, language }: Drawing): string {
  const { measure } = pool;
  const rows = pool.rows.map(
    ({ label, estimate, lower, upper }) =>
      `${label} ${formatEstimate(measure, estimate, language)} (${formatRange(measure, lower, upper, language)})`,
  );
  return fill(TEXTS[language].description, {
    studies: String(pool.studies),
    rows: rows.join('; '),
    pooled: `${formatEstimate(measure, result.estimate, language)} (${formatRange(measure, result.lower, result.upper, language)})`,
    prediction: formatRange(measure, result.predictionLower, result.predictionUpper, language),
  });
}

function drawHead({ pool, result, language }: Drawing): string[] {
  const said = TEXTS[language];
  const mixed = pool.isSensitivity ? `${said.sensitivity}. ` : '';
  const heterogeneity = fill(said.heterogeneity, {
    studies: String(pool.studies),
    i2: toFixed(result.i2Percent, 0, language),
    i2Low: toFixed(result.i2LowerPercent, 0, language),
    i2High: toFixed(result.i2UpperPercent, 0, language),
    tau2: toFixed(result.tau2, 3, language),
  });
  return [
    text(COLUMN.study, 20, pool.title[language], 'heading'),
    text(COLUMN.study, 38, `${mixed}${heterogeneity}`, 'soft'),
    text(COLUMN.study, 62, said.study, 'soft'),
    text(COLUMN.counts, 62, said.counts[pool.measure], 'soft', 'end'),
    text(COLUMN.estimate, 62, said.estimate[pool.measure], 'soft'),
    text(COLUMN.weight, 62, said.weight, 'soft', 'end'),
    line(COLUMN.study, 68, COLUMN.weight, 68, 'rule'),
  ];
}

function drawRow({ pool, axis, language }: Drawing, row: EvidenceRow, y: number): string {
  const { measure } = pool;
  const unknown = TEXTS[language].unknown;
  const [events, n] = [row.events, row.n].map((one) => (one === undefined ? unknown : formatCount(one, language)));
  const weight = row.weightPercent ?? 0;
  const side = 4 + Math.sqrt(weight) * 1.6;
  const at = axis.place(row.estimate);
  return [
    text(COLUMN.study, y, row.label),
    text(COLUMN.counts, y, `${events ?? unknown} / ${n ?? unknown}`, '', 'end'),
    drawInterval(axis, row.lower, row.upper, y - 4, 'interval'),
    `<rect class="square" x="${point(at.x - side / 2)}" y="${point(y - 4 - side / 2)}" width="${point(side)}" height="${point(side)}"/>`,
    text(
      COLUMN.estimate,
      y,
      `${formatEstimate(measure, row.estimate, language)} (${formatRange(measure, row.lower, row.upper, language)})`,
    ),
    text(COLUMN.weight, y, `${toFixed(weight, 1, language)}%`, '', 'end'),
  ].join('\n');
}

function drawPooled({ pool, result, axis, language }: Drawing, y: number): string[] {
  const { measure } = pool;
  const said = TEXTS[language];
  const [left, middle, right] = [result.lower, result.estimate, result.upper].map((value) => axis.place(value).x);
  const counts = [pool.events, pool.patients].map((one) =>
    one === undefined ? said.unknown : formatCount(one, language),
  );
  const diamond = `${point(left)},${y - 4} ${point(middle)},${y - 11} ${point(right)},${y - 4} ${point(middle)},${y + 3}`;
  return [
    line(COLUMN.study, y - 18, COLUMN.weight, y - 18, 'rule'),
    line(middle ?? 0, HEAD, middle ?? 0, y + ROW_HEIGHT + 4, 'pooled-line'),
    text(COLUMN.study, y, said.pooled, 'strong'),
    text(COLUMN.counts, y, counts.join(' / '), 'strong', 'end'),
    `<polygon class="diamond" points="${diamond}"/>`,
    text(
      COLUMN.estimate,
      y,
      `${formatEstimate(measure, result.estimate, language)} (${formatRange(measure, result.lower, result.upper, language)})`,
      'strong',
    ),
    text(COLUMN.study, y + ROW_HEIGHT, said.prediction),
    drawInterval(axis, result.predictionLower, result.predictionUpper, y + ROW_HEIGHT - 4, 'prediction'),
    text(
      COLUMN.estimate,
      y + ROW_HEIGHT,
      formatRange(measure, result.predictionLower, result.predictionUpper, language),
    ),
  ];
}

/** An interval that goes beyond the axis ends in an arrow there. */
function drawInterval(axis: ForestAxis, lower: number, upper: number, y: number, className: string): string {
  const [from, to] = [axis.place(lower), axis.place(upper)];
  const arrow = (x: number, sign: number) =>
    `<polygon class="arrow ${className}" points="${point(x)},${y} ${point(x - sign * 7)},${y - 4} ${point(x - sign * 7)},${y + 4}"/>`;
  return [
    line(from.x, y, to.x, y, className),
    ...(from.isBeyond ? [arrow(from.x, -1)] : []),
    ...(to.isBeyond ? [arrow(to.x, 1)] : []),
  ].join('\n');
}

function drawAxis({ pool, axis, language }: Drawing, y: number): string[] {
  const ticks = axis.ticks.flatMap((tick) => {
    const { x } = axis.place(tick);
    const said =
      pool.measure === 'proportion' ? String(Math.round(tick * 100)) : toFixed(tick, tick % 1 === 0 ? 0 : 1, language);
    return [line(x, y, x, y + 5, ''), text(x, y + 19, said, 'soft', 'middle')];
  });
  const none = pool.measure === 'odds-ratio' ? [line(axis.place(1).x, HEAD, axis.place(1).x, y, 'rule')] : [];
  return [
    ...none,
    line(COLUMN.plotFrom, y, COLUMN.plotTo, y, ''),
    ...ticks,
    text((COLUMN.plotFrom + COLUMN.plotTo) / 2, y + 38, TEXTS[language].axis[pool.measure], 'soft', 'middle'),
  ];
}

function text(
  x: number,
  y: number,
  said: string,
  className = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const attributes = `${className === '' ? '' : ` class="${className}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}`;
  return `<text x="${point(x)}" y="${point(y)}"${attributes}>${escapeXml(said)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  const classes = className === '' ? '' : ` class="${className}"`;
  return `<line${classes} x1="${point(x1)}" y1="${point(y1)}" x2="${point(x2)}" y2="${point(y2)}"/>`;
}

function point(value: number | undefined): string {
  return String(Math.round((value ?? 0) * 10) / 10);
}

function fill(template: string, slots: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{([a-zA-Z0-9]+)\}/g, (_whole, name: string) => slots[name] ?? '');
}

function escapeXml(said: string): string {
  return said.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
