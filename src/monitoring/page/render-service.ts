/** The part of the report about the service: orders, times, cards. */
import { ANSWER_GROUPS, type Activity, type SiteReport } from '../report/site-report.ts';
import { html, table, type Markup } from './html.ts';
import type { SharedWords } from './monitoring-texts.ts';
import { plotActivity } from './plot-activity.ts';
import type { Words } from './words.ts';

/** Calls were answered and not one card was shown. */
export function isShadow({ calls, shown }: Activity): boolean {
  return calls > 0 && shown === 0;
}

export function renderOverview(report: SiteReport, words: Words): Markup {
  const { overview, page } = words.texts;
  const { activity, feedback, targets } = report;
  const overridden =
    'kind' in feedback.overridden
      ? words.fill(page.tooFewYet, { needed: feedback.overridden.needed })
      : words.percent(feedback.overridden.share);
  const tiles: [string, string][] = [
    [words.count(activity.calls), overview.calls],
    [words.count(activity.orders), overview.orders],
    [words.count(activity.shown), isShadow(activity) ? overview.shownShadow : overview.shown],
    [words.count(targets[0]?.results.studies ?? 0), overview.studies],
    ...(feedback.shown > 0 ? [[overridden, overview.overridden] as [string, string]] : []),
  ];
  return html`<section aria-labelledby="overview">
    <h2 id="overview">${overview.title}</h2>
    <ul class="tiles">
      ${tiles.map(([figure, name]) => html`<li><strong>${figure}</strong> <span>${name}</span></li>`)}
    </ul>
  </section>`;
}

export function renderAnswers({ activity }: SiteReport, words: Words): Markup {
  const { answers, groups, cards } = words.texts;
  if (activity.calls === 0) {
    return html`<section aria-labelledby="answers">
      <h2 id="answers">${answers.title}</h2>
      <p>${answers.empty}</p>
    </section>`;
  }
  const isHidden = isShadow(activity);
  return html`<section aria-labelledby="answers">
    <h2 id="answers">${answers.title}</h2>
    ${plotActivity(activity, words)}
    ${table(
      answers.byGroup,
      [answers.group, answers.calls],
      ANSWER_GROUPS.filter((group) => activity.groups[group] > 0).map((group) => [
        groups[group],
        words.count(activity.groups[group]),
      ]),
    )}
    ${table(
      answers.cards,
      [answers.card, answers.calls, ...(isHidden ? [] : [answers.shown])],
      activity.cards.map((one) => [
        cards[one.decision] ?? one.decision,
        words.count(one.calls),
        ...(isHidden ? [] : [words.count(one.shown)]),
      ]),
    )}
    <p class="hint">${answers.once}</p>
  </section>`;
}

export function renderTimes({ activity }: SiteReport, words: Words): Markup {
  const { times } = words.texts;
  const rows = (['answering', 'resulting', 'assessing'] as const).flatMap((name) => {
    const one = activity[name];
    if (!one) return [];
    const figures = [one.medianMs, one.p95Ms, one.longestMs].map((ms) => words.duration(ms));
    return [[times[name], words.count(one.count), ...figures]];
  });
  return html`<section aria-labelledby="times">
    <h2 id="times">${times.title}</h2>
    ${
      rows.length === 0
        ? html`<p>${times.empty}</p>`
        : table(times.caption, [times.what, times.count, times.median, times.p95, times.longest], rows)
    }
    ${
      activity.resultsMissing > 0
        ? html`<p class="warning">${words.fill(times.missing, { count: activity.resultsMissing })}</p>`
        : undefined
    }
  </section>`;
}

export function renderFeedback({ activity, feedback }: SiteReport, words: Words, shared: SharedWords): Markup {
  const { feedback: texts } = words.texts;
  const { shown, accepted, overridden, overriddenCount, reasons, elsewhere } = feedback;
  const silent = shown - accepted - overriddenCount;
  const nothing = isShadow(activity) ? texts.shadow : texts.none;
  return html`<section aria-labelledby="feedback">
    <h2 id="feedback">${texts.title}</h2>
    <p>${shown === 0 ? nothing : words.fill(texts.said, { overridden: overriddenCount, shown, accepted, silent })}</p>
    ${
      'kind' in overridden
        ? undefined
        : html`<p>
            ${words.fill(texts.rate, {
              share: words.percent(overridden.share),
              lower: words.percent(overridden.lower),
              upper: words.percent(overridden.upper),
            })}
          </p>`
    }
    ${
      reasons.length === 0
        ? undefined
        : table(
            texts.reasons,
            [texts.reason, texts.cards],
            reasons.map(({ code, count }) => [
              code === 'none' ? texts.noReason : (shared.overrideReasons.get(code) ?? code),
              words.count(count),
            ]),
          )
    }
    ${elsewhere > 0 ? html`<p class="hint">${words.fill(texts.elsewhere, { count: elsewhere })}</p>` : undefined}
  </section>`;
}
