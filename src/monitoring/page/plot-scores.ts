/** Estimates per tenth of the probability scale, beside the validation's where it is known; shares, because counts differ. */
import type { Target } from '../../assessment/domain/target.ts';
import type { Scores } from '../report/site-report.ts';
import { html, table, type Markup } from './html.ts';
import { INNER, PLOT, framePlot, legend, round, toX, toY } from './plot-frame.ts';
import type { Words } from './words.ts';

const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

export function plotScores(target: Target, scores: Scores, words: Words): Markup {
  const { texts } = words;
  const { reference } = scores;
  const shares = scores.tenths.map((count) => count / scores.estimates);
  const expected = reference?.tenths.map((count) => count / Math.max(1, reference.cases));
  const most = findMost([...shares, ...(expected ?? [])]);
  const site = words.fill(texts.scores.site, { count: scores.estimates });
  const validation = reference && words.fill(texts.scores.validation, { count: reference.cases });
  const tenth = (index: number) =>
    words.fill(texts.scores.tenth, { from: words.tick(index / 10), to: words.tick((index + 1) / 10) });
  return html`<figure>
    ${framePlot(
      {
        id: `scores-${target}`,
        title: texts.scores.plot,
        description: shares.map((share, index) => `${tenth(index)}: ${words.percent(share)}`).join('; '),
        yTicks: QUARTERS.map((share) => ({ share, label: words.tick(share * most) })),
        xTicks: [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => ({ share, label: words.tick(share) })),
        xLabel: texts.scores.probability,
      },
      [
        ...shares.map((share, index) => bar('series-site', index, 0.06, share / most)),
        ...(expected ?? []).map((share, index) => bar('series-validation', index, 0.52, share / most)),
        html`<line
            class="threshold"
            x1="${toX(scores.threshold)}"
            x2="${toX(scores.threshold)}"
            y1="${PLOT.top}"
            y2="${PLOT.top + INNER.height}"
          />
          <text class="label" x="${toX(scores.threshold)}" y="${PLOT.top - 5}" text-anchor="middle"
            >${texts.scores.threshold} ${words.percent(scores.threshold)}</text
          >`,
      ],
    )}
    <figcaption>${texts.scores.plot}</figcaption>
    ${legend([
      { series: 'series-site', name: site },
      ...(validation === undefined ? [] : [{ series: 'series-validation', name: validation }]),
    ])}
    <details>
      <summary>${texts.page.table}</summary>
      ${table(
        texts.scores.plot,
        [texts.scores.probability, site, ...(validation === undefined ? [] : [validation])],
        shares.map((share, index) => [
          tenth(index),
          words.percent(share),
          ...(expected ? [words.percent(expected[index] ?? 0)] : []),
        ]),
      )}
    </details>
  </figure>`;
}

function bar(series: string, index: number, from: number, share: number): Markup {
  const width = (INNER.width / 10) * 0.42;
  return html`<rect
    class="${series}"
    x="${toX((index + from) / 10)}"
    y="${toY(share)}"
    width="${round(width)}"
    height="${round(share * INNER.height)}"
  />`;
}

function findMost(shares: readonly number[]): number {
  return [0.2, 0.4, 0.6, 0.8, 1].find((one) => one >= Math.max(...shares)) ?? 1;
}
