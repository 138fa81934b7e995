/** The part of the report about one question: results, scores, outcomes; or what is withheld and why. */
import type { Scores, SiteReport, TargetReport, TooFew } from '../report/site-report.ts';
import { html, table, type Markup } from './html.ts';
import type { SharedWords } from './monitoring-texts.ts';
import { plotScores } from './plot-scores.ts';
import { renderOutcomes } from './render-outcomes.ts';
import type { Words } from './words.ts';

export function renderTarget(report: SiteReport, one: TargetReport, words: Words, shared: SharedWords): Markup {
  const { results: texts } = words.texts;
  const { target, results, numbers } = one;
  const level = shared.evidenceLevels[one.evidenceLevel];
  const minimum = shared.evidenceLevels[report.minimumEvidence];
  return html`<section aria-labelledby="${target}" class="target">
    <h2 id="${target}">${shared.targets[target].title}</h2>
    <p>${words.fill(texts.evidence, { level })}</p>
    ${
      results.studies === 0
        ? html`<p>${texts.empty}</p>`
        : html`<p>
            ${words.fill(texts.studies, {
              studies: results.studies,
              estimates: results.estimates,
              positive: results.positive,
            })}
          </p>`
    }
    ${
      results.reasons.length === 0
        ? undefined
        : table(
            texts.reasons,
            [texts.reason, texts.cts],
            results.reasons.map(({ reason, count }) => [shared.reasons[reason], words.count(count)]),
          )
    }
    ${
      numbers.kind === 'withheld'
        ? html`<p class="withheld">${words.fill(texts.withheld, { minimum })}</p>`
        : html`${renderScores(one, numbers.scores, words)} ${renderOutcomes(target, numbers.outcomes, words)}`
    }
  </section>`;
}

function renderScores({ target }: TargetReport, scores: Scores | TooFew, words: Words): Markup {
  const { scores: texts } = words.texts;
  if (scores.kind === 'too-few') {
    return html`<h3>${texts.title}</h3>
      <p>${words.fill(texts.tooFew, { needed: scores.needed })}</p>`;
  }
  const { reference } = scores;
  return html`<h3>${texts.title}</h3>
    ${plotScores(target, scores, words)}
    ${reference ? html`<p class="hint">${words.fill(texts.hint, { data: reference.data })}</p>` : undefined}
    ${renderDrift(scores.drift, words)}`;
}

function renderDrift(drift: Scores['drift'], words: Words): Markup {
  const { scores: texts } = words.texts;
  if (drift.kind === 'no-reference') return html`<p>${texts.noReference}</p>`;
  if (drift.kind === 'flat-reference') return html`<p>${texts.flatReference}</p>`;
  if (drift.kind === 'too-few') return html`<p>${words.fill(texts.driftTooFew, { needed: drift.needed })}</p>`;
  const p = drift.p < 0.001 ? texts.ksSmall : `= ${words.decimal(drift.p, 3)}`;
  const isBeyond = drift.psi > drift.psiByChance;
  return html`<ul>
    <li>${words.fill(texts.distance, { distance: words.decimal(drift.distance, 2), p })}</li>
    <li class="${isBeyond ? 'warning' : 'plain'}">
      ${words.fill(texts.psi, { psi: words.decimal(drift.psi, 2), chance: words.decimal(drift.psiByChance, 2) })}
      ${isBeyond ? texts.psiBeyond : texts.psiChance}
    </li>
  </ul>`;
}
