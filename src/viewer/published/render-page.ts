/**
 * The published-evidence page: the usual rate first, then every question with its plot or the word that it is not
 * pooled, its studies and sources, what was left out, method and limits. Static HTML; no script, no patient.
 */
import { drawForest } from '../../../evidence/draw-forest.ts';
import { requirePooled, type Pool, type PublishedEvidence } from '../../../evidence/published-evidence.ts';
import { formatCount, formatEstimate, formatRange } from '../../../evidence/readable-numbers.ts';
import { html, trust, type Html } from './html.ts';
import { fillSlots, type PublishedTexts } from './page-texts.ts';
import { renderStudies } from './render-studies.ts';

const GROUPS = ['incidence', 'factor', 'accuracy'] as const;

export function renderPublishedPage(evidence: PublishedEvidence, texts: PublishedTexts, usualPool?: string): string {
  const { markup } = html`<!doctype html>
    <html lang="${texts.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${texts.title}</title>
        <link rel="icon" href="../evidence-assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="../evidence-assets/base.css" />
        <link rel="stylesheet" href="../evidence-assets/published.css" />
      </head>
      <body>
        <p class="research-banner" role="note">${texts.notice}</p>
        <header>
          <h1>${texts.title}</h1>
          <p>${texts.introduction}</p>
        </header>
        <main>
          ${usualPool === undefined ? undefined : renderUsual(requirePooled(evidence, usualPool), texts)}${renderContents(evidence, texts)}${GROUPS.map(
            (group) => renderGroup(evidence, group, texts),
          )}${renderList(
            'method',
            texts.methodTitle,
            texts.method.map((one) => fillSlots(one, { metafor: evidence.metafor })),
          )}${renderList('limits', texts.limitsTitle, texts.limits)}
        </main>
      </body>
    </html>`;
  return markup;
}

function renderUsual(pool: ReturnType<typeof requirePooled>, texts: PublishedTexts): Html {
  return html`<section class="usual" aria-labelledby="usual">
    <h2 id="usual">${texts.usualTitle}</h2>
    <p>${fillSlots(texts.usual, listSlots(pool, texts))}</p>
  </section>`;
}

function renderContents({ pools }: PublishedEvidence, texts: PublishedTexts): Html {
  return html`<nav aria-label="${texts.contents}">
    ${GROUPS.map(
      (group) =>
        html`<h2>${texts.groups[group]}</h2>
          <ul>
            ${pools
              .filter((pool) => pool.group === group)
              .map((pool) => html`<li><a href="#${pool.id}">${pool.title[texts.language]}</a></li>`)}
          </ul>`,
    )}
  </nav>`;
}

function renderGroup({ pools }: PublishedEvidence, group: (typeof GROUPS)[number], texts: PublishedTexts): Html {
  const own = pools.filter((pool) => pool.group === group);
  return html`<section class="group" aria-labelledby="group-${group}">
    <h2 id="group-${group}">${texts.groups[group]}</h2>
    ${own.map((pool) => renderPool(pool, texts))}
  </section>`;
}

function renderPool(pool: Pool, texts: PublishedTexts): Html {
  const { language } = texts;
  return html`<article aria-labelledby="${pool.id}">
    <h3 id="${pool.id}" tabindex="-1">${pool.title[language]}</h3>
    <p class="outcome">${pool.outcome[language]}</p>
    ${pool.isSensitivity && pool.result.kind === 'pooled' ? html`<p class="sensitivity">${texts.sensitivity}</p>` : undefined}
    <p class="answer">${sayResult(pool, texts)}</p>
    ${renderPlot(pool, texts)}${renderStudies(pool, texts)}
  </article>`;
}

function renderPlot(pool: Pool, texts: PublishedTexts): Html | undefined {
  const svg = drawForest(pool, { isStandalone: false, language: texts.language });
  if (svg === undefined) return undefined;
  const region = fillSlots(texts.plotRegion, { title: pool.title[texts.language] });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${region}">${trust(svg)}</div>`;
}

/** The pooled figure with both intervals, or how many studies there are and why that is not enough. */
function sayResult(pool: Pool, texts: PublishedTexts): string {
  const { result, studies, patients, events } = pool;
  if (result.kind === 'pooled') {
    const counts = patients === undefined || events === undefined ? '' : ` ${texts.pooledPatients}`;
    return fillSlots(`${texts.pooled}${counts}`, listSlots({ ...pool, result }, texts));
  }
  if (result.because) return fillSlots(texts.notPooledBecause, { because: result.because[texts.language] });
  if (studies === 0) return texts.notPooled.none;
  return studies === 1 ? texts.notPooled.one : fillSlots(texts.notPooled.many, { studies: String(studies) });
}

function listSlots(
  { measure, result, studies, patients, events }: ReturnType<typeof requirePooled>,
  { language }: PublishedTexts,
): Readonly<Record<string, string>> {
  return {
    estimate: formatEstimate(measure, result.estimate, language),
    interval: formatRange(measure, result.lower, result.upper, language),
    prediction: formatRange(measure, result.predictionLower, result.predictionUpper, language),
    studies: String(studies),
    patients: formatCount(patients ?? 0, language),
    events: formatCount(events ?? 0, language),
  };
}

function renderList(id: string, title: string, paragraphs: readonly string[]): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${paragraphs.map((one) => html`<p>${one}</p>`)}
  </section>`;
}
