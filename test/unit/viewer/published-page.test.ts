/** The published-evidence page, server side: what it says, in both languages, and what it must not do. */
import { expect } from 'chai';
import { loadPublishedEvidence, requirePooled } from '../../../evidence/published-evidence.ts';
import { formatCount, formatEstimate } from '../../../evidence/readable-numbers.ts';
import { isFault } from '../../../src/errors.ts';
import { html } from '../../../src/viewer/published/html.ts';
import { readPublishedTexts } from '../../../src/viewer/published/page-texts.ts';
import { renderPublishedPage } from '../../../src/viewer/published/render-page.ts';
import { servePublishedPage } from '../../support/published-page.ts';

const evidence = loadPublishedEvidence();
const page = renderPublishedPage(evidence, readPublishedTexts('en'), 'any-ich');

describe('published-evidence page', () => {
  it('opens without a link, is not cached and loads nothing from elsewhere', async () => {
    const served = await servePublishedPage('en');
    const response = await fetch(served.url);
    expect(response.status).to.equal(200);
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(response.headers.get('content-security-policy')).to.contain("default-src 'none'");
    expect(await response.text()).to.equal(page);
    await served.close();
  });

  it('opens with the usual rate of the card, both intervals and the counts', () => {
    const { result, studies, patients } = requirePooled(evidence, 'any-ich');
    const usual = /<h2 id="usual">[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
    expect(usual).to.contain(formatEstimate('proportion', result.estimate));
    expect(usual).to.contain(formatEstimate('proportion', result.predictionUpper));
    expect(usual).to.contain(`${studies} studies with ${formatCount(patients ?? 0)} patients`);
  });

  it('shows every question, with a plot where it is pooled and the word where it is not', () => {
    for (const { id, title, result } of evidence.pools) {
      const article = new RegExp(`<article aria-labelledby="${id}">[\\s\\S]*?</article>`).exec(page)?.[0] ?? '';
      expect(article, id).to.contain(title.en);
      if (result.kind === 'pooled') expect(article, id).to.contain('<svg').and.contain('A further hospital');
      else expect(article, id).to.contain('Not pooled').and.not.contain('<svg');
    }
  });

  it('has every study with the sentence and its source, and every reason to leave one out', () => {
    const escaped = (text: string) => html`${text}`.markup;
    for (const { rows, leftOut } of evidence.pools) {
      for (const { quote, citation } of [...rows, ...leftOut]) {
        expect(page).to.contain(escaped(quote)).and.contain(escaped(citation));
      }
      for (const { reason } of leftOut) expect(page).to.contain(escaped(reason));
    }
  });

  it('says it in German, with studies marked as English', () => {
    const german = renderPublishedPage(evidence, readPublishedTexts('de'), 'any-ich');
    expect(german).to.contain('<html lang="de">').and.contain('Nicht gepoolt: 2 Studien.').and.contain('33,9 %');
    expect(german).to.contain('<blockquote lang="en">');
    expect(german).not.to.match(/Not pooled|Pooled|Left out/);
  });

  it('stops the start where the usual rate is not pooled', () => {
    expect(() => renderPublishedPage(evidence, readPublishedTexts('en'), 'sich-ecass-iii'))
      .to.throw()
      .that.satisfies(isFault);
  });

  it("comes in the language that is asked for, else in the one the browser reads, else in the site's", async () => {
    const served = await servePublishedPage('en');
    const languageOf = async (query: string, accepts?: string) => {
      const response = await fetch(served.url + query, accepts ? { headers: { 'accept-language': accepts } } : {});
      return [response.headers.get('content-language'), /<html lang="(..)">/.exec(await response.text())?.[1]];
    };
    expect(await languageOf('?language=de')).to.deep.equal(['de', 'de']);
    expect(await languageOf('', 'de-CH')).to.deep.equal(['de', 'de']);
    expect(await languageOf('?language=xx')).to.deep.equal(['en', 'en']);
    await served.close();
  });

  it('leaves no slot unfilled', () => {
    expect(page).not.to.match(/\{[a-zA-Z]+\}|undefined|NaN/);
  });
});

describe('markup', () => {
  it('escapes strings, keeps its own markup, joins lists', () => {
    const item = html`<b>${'<script>"&'}</b>`;
    expect(html`<i>${[item, item]}${undefined}${3}</i>`.markup).to.equal(
      '<i><b>&lt;script&gt;&quot;&amp;</b><b>&lt;script&gt;&quot;&amp;</b>3</i>',
    );
  });
});
