/** Observed share with its interval over the probability that was given, per group; on the diagonal they are equal. */
import type { Target } from '../../assessment/domain/target.ts';
import type { Calibration } from '../statistics/calibration.ts';
import { html, table, type Markup } from './html.ts';
import { framePlot, toX, toY } from './plot-frame.ts';
import type { Words } from './words.ts';

const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

export function plotCalibration(target: Target, { groups }: Calibration, words: Words): Markup {
  const { outcomes, page } = words.texts;
  const rows = groups.map(({ predicted, observed }, index) => [
    words.count(index + 1),
    words.count(observed.total),
    words.percent(predicted),
    words.percent(observed.share),
    `${words.percent(observed.lower)} – ${words.percent(observed.upper)}`,
  ]);
  const ticks = TICKS.map((share) => ({ share, label: words.tick(share) }));
  return html`<figure>
    ${framePlot(
      {
        id: `calibration-${target}`,
        title: outcomes.plot,
        description: rows
          .map(
            ([, patients, predicted, observed]) =>
              `${outcomes.predicted} ${predicted ?? ''}, ${outcomes.observed} ${observed ?? ''} (${patients ?? ''})`,
          )
          .join('; '),
        yTicks: ticks,
        xTicks: ticks,
        xLabel: outcomes.predicted,
      },
      [
        html`<line class="ideal" x1="${toX(0)}" y1="${toY(0)}" x2="${toX(1)}" y2="${toY(1)}" />
          <text class="label" x="${toX(0.7)}" y="${toY(0.94)}" text-anchor="middle">${outcomes.ideal}</text>`,
        ...groups.map(
          ({ predicted, observed }) =>
            html`<line
                class="whisker"
                x1="${toX(predicted)}"
                x2="${toX(predicted)}"
                y1="${toY(observed.lower)}"
                y2="${toY(observed.upper)}"
              />
              <circle class="point" cx="${toX(predicted)}" cy="${toY(observed.share)}" r="5" />`,
        ),
      ],
    )}
    <figcaption>${outcomes.plot}</figcaption>
    <details open>
      <summary>${page.table}</summary>
      ${table(
        outcomes.plot,
        [outcomes.group, outcomes.patients, outcomes.predicted, outcomes.observed, outcomes.interval],
        rows,
      )}
    </details>
  </figure>`;
}
