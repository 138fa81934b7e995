/** The studies behind one question and those left out: tables with the sentence each figure was read in. */
import type { EvidenceRow, Pool } from '../../../evidence/published-evidence.ts';
import { formatCount, formatEstimate, formatRange, toFixed } from '../../../evidence/readable-numbers.ts';
import { html, type Html } from './html.ts';
import { fillSlots, type PublishedTexts } from './page-texts.ts';

type Source = Pick<EvidenceRow, 'citation' | 'doi' | 'pmid' | 'quote' | 'readAt'>;

export function renderStudies(pool: Pool, texts: PublishedTexts): Html {
  const { columns } = texts;
  const isPooled = pool.result.kind === 'pooled';
  const head = html`<th scope="col">${columns.study}</th>
    <th scope="col">${columns.counts}</th>
    <th scope="col">${columns.estimate}</th>
    ${isPooled ? html`<th scope="col">${columns.weight}</th>` : undefined}
    <th scope="col">${columns.what}</th>
    <th scope="col">${columns.source}</th>`;
  const rows = pool.rows.map((row) => renderRow(pool, row, texts));
  return html`${rows.length === 0 ? undefined : renderTable(pool, texts, texts.studies, head, rows)}${renderLeftOut(pool, texts)}`;
}

function renderRow({ measure, result }: Pool, row: EvidenceRow, texts: PublishedTexts): Html {
  const { language } = texts;
  const [events, n] = [row.events, row.n].map((one) => (one === undefined ? '–' : formatCount(one, language)));
  return html`<tr>
    <th scope="row">${row.label}</th>
    <td class="figure">${events} / ${n}</td>
    <td class="figure">
      ${formatEstimate(measure, row.estimate, language)} (${formatRange(measure, row.lower, row.upper, language)})
    </td>
    ${result.kind === 'pooled' ? html`<td class="figure">${toFixed(row.weightPercent ?? 0, 1, language)}%</td>` : undefined}
    <td lang="en">${row.design}; ${row.population}; ${row.definition}</td>
    <td>${renderSource(row, texts)}</td>
  </tr>`;
}

function renderLeftOut(pool: Pool, texts: PublishedTexts): Html | undefined {
  if (pool.leftOut.length === 0) return undefined;
  const { columns } = texts;
  const head = html`<th scope="col">${columns.study}</th>
    <th scope="col">${columns.reason}</th>
    <th scope="col">${columns.source}</th>`;
  const rows = pool.leftOut.map(
    (one) =>
      html`<tr>
        <th scope="row">${one.label}</th>
        <td lang="en">${one.reason}</td>
        <td>${renderSource(one, texts)}</td>
      </tr>`,
  );
  return renderTable(pool, texts, texts.leftOut, head, rows);
}

/** Citation, DOI or PubMed, the sentence, and where it was read. Links leave without a referrer. */
function renderSource({ citation, doi, pmid, quote, readAt }: Source, texts: PublishedTexts): Html {
  const link = (address: string, name: string) =>
    html` <a href="${address}" rel="noreferrer noopener" target="_blank">${name}</a>`;
  return html`<p lang="en">
      ${citation}${doi === undefined ? undefined : link(`https://doi.org/${doi}`, `doi ${doi}`)}${
        pmid === undefined ? undefined : link(`https://pubmed.ncbi.nlm.nih.gov/${pmid}/`, `PMID ${pmid}`)
      }
    </p>
    <blockquote lang="en">${quote}</blockquote>
    <p class="read">
      ${fillSlots(texts.read, { part: readAt.part })}${readAt.url === undefined ? undefined : `, ${readAt.url}`}
    </p>`;
}

/** Studies that are not pooled are all there is to see: their table is open. */
function renderTable(pool: Pool, texts: PublishedTexts, summary: string, head: Html, rows: readonly Html[]): Html {
  const region = fillSlots(texts.tableRegion, { title: pool.title[texts.language] });
  const isOpen = pool.result.kind === 'not-pooled' && summary === texts.studies;
  return html`<details${isOpen ? html` open` : undefined}>
    <summary>${fillSlots(summary, { count: String(rows.length) })}</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="${region}">
      <table>
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}
