/**
 * The report as HTML without a script: the same body on the page of the service and in the trial's file, which holds
 * its style and needs nothing else. No patient, clinician or order is named anywhere in it.
 */
import { readFileSync } from 'node:fs';
import { MINIMUM_GROUP, type SiteReport } from '../report/site-report.ts';
import { html, table, type Markup } from './html.ts';
import type { MonitoringTexts, SharedWords } from './monitoring-texts.ts';
import { isShadow, renderAnswers, renderFeedback, renderOverview, renderTimes } from './render-service.ts';
import { renderTarget } from './render-target.ts';
import { createWords, type Words } from './words.ts';

const STYLE = readFileSync(new URL('../browser/monitoring.css', import.meta.url), 'utf8');

export interface PageWords {
  readonly texts: MonitoringTexts;
  readonly shared: SharedWords;
}

/** What the page has beside the report: the form for other days, and whose link it is. */
export interface PageFrame {
  readonly styleHref: string;
  /** Carried along by the form: what admits the visitor. */
  readonly hidden: Readonly<Record<string, string>>;
  readonly viewer: string;
  readonly until: Date;
}

export function renderMonitoringPage(report: SiteReport, { texts, shared }: PageWords, frame: PageFrame): string {
  const words = createWords(texts);
  const { page } = texts;
  const form = html`<form method="get" class="days">
    ${Object.entries(frame.hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <label>${page.from} <input type="date" name="from" value="${report.firstDay}" required /></label>
    <label>${page.to} <input type="date" name="to" value="${report.lastDay}" required /></label>
    <button type="submit">${page.show}</button>
  </form>`;
  const link = html`<p class="hint">
    ${words.fill(page.link, { viewer: frame.viewer, until: sayInstant(frame.until.toISOString()) })}
  </p>`;
  const head = linkStyle(frame.styleHref);
  return renderDocument(page.title, texts, head, renderBody(page.title, report, words, shared, { form, link }));
}

/** One file that can be mailed and archived; its own policy forbids everything but its style. */
export function renderReportFile(report: SiteReport, { texts, shared }: PageWords): string {
  const words = createWords(texts);
  const title = texts.page.trialTitle;
  const head = html`<meta
      http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'unsafe-inline'"
    />
    <style>
      ${{ markup: STYLE }}
    </style>`;
  return renderDocument(title, texts, head, renderBody(title, report, words, shared, {}));
}

export function renderRefusalPage(message: string, texts: MonitoringTexts, styleHref: string): string {
  const head = linkStyle(styleHref);
  const body = html`<main>
    <h1>${texts.page.title}</h1>
    <p>${message}</p>
  </main>`;
  return renderDocument(texts.page.title, texts, head, body);
}

/** The empty icon keeps browsers from asking for one. */
function linkStyle(href: string): Markup {
  return html`<link rel="icon" href="data:," /><link rel="stylesheet" href="${href}" />`;
}

function renderDocument(title: string, texts: MonitoringTexts, head: Markup, body: Markup): string {
  return html`<!doctype html>
    <html lang="${texts.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${head}
      </head>
      <body>
        ${body}
      </body>
    </html>`.markup;
}

function renderBody(
  title: string,
  report: SiteReport,
  words: Words,
  shared: SharedWords,
  extra: { readonly form?: Markup; readonly link?: Markup },
): Markup {
  const { page } = words.texts;
  const [first, last] = [words.day(report.firstDay), words.day(report.lastDay)];
  return html`<p class="notice" role="note">${page.notice}</p>
    <main>
      <header>
        <h1>${title}</h1>
        <p>${words.fill(page.period, { first, last, zone: report.timeZone })}</p>
        ${extra.form} ${isShadow(report.activity) ? html`<p class="warning">${page.shadow}</p>` : undefined}
      </header>
      ${renderOverview(report, words)} ${renderAnswers(report, words)} ${renderTimes(report, words)}
      ${renderFeedback(report, words, shared)}
      ${report.targets.map((target) => renderTarget(report, target, words, shared))} ${renderMethod(report, words)}
    </main>
    <footer>
      <p class="hint">${words.fill(page.madeAt, { at: sayInstant(report.madeAt) })}</p>
      ${extra.link}
    </footer>`;
}

function renderMethod({ ensemble, otherVersions, sources }: SiteReport, words: Words): Markup {
  const { method, results } = words.texts;
  const { id, version, digest } = ensemble;
  return html`<section aria-labelledby="method">
    <h2 id="method">${method.title}</h2>
    <p class="break">${words.fill(method.version, { id, version, digest })}</p>
    ${
      otherVersions.length === 0
        ? undefined
        : table(
            method.others,
            [method.otherVersion, results.cts],
            otherVersions.map((other) => [`${other.name} (${other.digest.slice(0, 12)}…)`, words.count(other.studies)]),
          )
    }
    ${table(
      method.queries,
      [method.query, method.resources, method.unreadable],
      sources.map((source) => [source.query, words.count(source.resources), words.count(source.unreadable)]),
    )}
    <h3>${method.notes}</h3>
    <ul>
      <li>${words.fill(method.noteGroups, { needed: MINIMUM_GROUP })}</li>
      <li>${method.noteSelection}</li>
      <li>${method.noteStatistics}</li>
      <li>${method.noteNever}</li>
    </ul>
  </section>`;
}

function sayInstant(iso: string): string {
  return iso.slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' ');
}
