/** Answers per day or week, stacked by what they were answered with. */
import { ANSWER_GROUPS, type Activity, type AnswerGroup, type Interval } from '../report/site-report.ts';
import { html, table, type Markup } from './html.ts';
import { INNER, framePlot, legend, listSteps, round, toX, toY } from './plot-frame.ts';
import type { Words } from './words.ts';

const MOST_LABELS = 8;

export function plotActivity(activity: Activity, words: Words): Markup {
  const { texts } = words;
  const { intervals, step } = activity;
  const groups = ANSWER_GROUPS.filter((group) => activity.groups[group] > 0);
  const { most, steps } = listSteps(Math.max(...intervals.map(sum)));
  const every = Math.ceil(intervals.length / MOST_LABELS);
  const title = words.fill(texts.answers.plot, { step: texts.answers[step] });
  const name = (day: string) =>
    step === 'day' ? words.day(day) : words.fill(texts.page.weekOf, { day: words.day(day) });
  return html`<figure>
    ${framePlot(
      {
        id: 'activity',
        title,
        description: groups.map((group) => `${texts.groups[group]}: ${words.count(activity.groups[group])}`).join('; '),
        yTicks: steps.map((value) => ({ share: value / most, label: words.count(value) })),
        xTicks: intervals.flatMap(({ day }, index) =>
          index % every === 0 ? [{ share: (index + 0.5) / intervals.length, label: words.shortDay(day) }] : [],
        ),
      },
      intervals.map((interval, index) => stack(interval, groups, { index, count: intervals.length, most })),
    )}
    <figcaption>${title}</figcaption>
    ${legend(groups.map((group) => ({ series: `series-${group}`, name: texts.groups[group] })))}
    <details>
      <summary>${texts.page.table}</summary>
      ${table(
        title,
        [texts.answers[step], ...groups.map((group) => texts.groups[group])],
        intervals
          .filter((interval) => sum(interval) > 0)
          .map(({ day, counts }) => [name(day), ...groups.map((group) => words.count(counts[group]))]),
      )}
    </details>
  </figure>`;
}

interface Place {
  readonly index: number;
  readonly count: number;
  readonly most: number;
}

function stack(interval: Interval, groups: readonly AnswerGroup[], { index, count, most }: Place): Markup {
  const width = (INNER.width / count) * 0.8;
  const x = round(toX((index + 0.5) / count) - width / 2);
  let below = 0;
  const bars = groups.map((group) => {
    const value = interval.counts[group];
    if (value === 0) return undefined;
    below += value;
    const height = round((value / most) * INNER.height);
    return html`<rect
      class="series-${group}"
      x="${x}"
      y="${toY(below / most)}"
      width="${round(width)}"
      height="${height}"
    />`;
  });
  return html`${bars}`;
}

function sum({ counts }: Interval): number {
  return ANSWER_GROUPS.reduce((total, group) => total + counts[group], 0);
}
