/** The words of the page: the same in every language, each used, and none left in the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LANGUAGES } from '../../../src/assessment/domain/language.ts';
import { createTextChooser, readPageTexts } from '../../../src/viewer/page-texts.ts';

const BROWSER = new URL('../../../src/viewer/browser/', import.meta.url);
const scripts = readdirSync(BROWSER).filter((name) => name.endsWith('.js'));
const sources = scripts.map((name) => ({ name, source: readFileSync(new URL(name, BROWSER), 'utf8') }));

/** Every text with its address, whatever the depth. */
function listTexts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => listTexts(inner, `${path}/${key}`));
}
const slotsOf = (text: string) => [...text.matchAll(/\{([\w-]+)\}/g)].map(([, slot]) => slot).sort();

describe('texts of the evidence page', () => {
  const [reference, ...others] = LANGUAGES.map((language) => readPageTexts(language));

  for (const other of others) {
    it(`has the same texts with the same slots in ${other.language} as in en`, () => {
      const describeAll = (texts: object) => listTexts(texts).map(([path, text]) => `${path} ${slotsOf(text).join()}`);
      expect(describeAll(other)).to.deep.equal(describeAll(reference!));
    });

    it(`is translated to ${other.language}, not copied`, () => {
      const same = listTexts(other.page).filter(([path, text]) => reference!.page[path.slice(1)] === text);
      const words = same.filter(([, text]) => /\p{L}{4,}/u.test(text.replaceAll(/\{[\w-]+\}/g, '')));
      // What doctors of both languages say alike.
      const alike = /^(Subdural|Ensemble|Code: |Score|Marker|kernel|Kernel|Trail)/;
      expect(words.filter(([, text]) => !alike.test(text))).to.deep.equal([]);
    });
  }

  it('has a text for every name the browser asks for', () => {
    const asked = sources.flatMap(({ source }) => [...source.matchAll(/\bsay\('([\w.-]+)'/g)].map(([, name]) => name!));
    expect(asked.length).to.be.above(60);
    expect(asked.filter((name) => !(name in reference!.page))).to.deep.equal([]);
  });

  it('has no text that nobody asks for', () => {
    const all = sources.map(({ source }) => source).join('\n');
    const families = [...all.matchAll(/\bsay\(`([\w.-]+)\$\{|\bsayCode\('(\w+)'/g)].map(
      ([, made, coded]) => made ?? `${coded!}.`,
    );
    const isAsked = (name: string) => all.includes(`'${name}'`) || families.some((family) => name.startsWith(family));
    expect(Object.keys(reference!.page).filter((name) => !isAsked(name))).to.deep.equal([]);
  });

  for (const { name, source } of sources) {
    it(`leaves no words in ${name}`, () => {
      const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').replaceAll(/new Error\(`[^)]*\)/g, '');
      const literals = [...code.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map((match) => match[1] ?? match[2] ?? '');
      // Two words in a row, or a capital at the start of a word of its own: prose. Names of CSS, events and keys are not.
      const prose = literals
        .map((text) => text.replaceAll(/\$\{[^}]*\}/g, ''))
        .filter((text) => /[A-Za-z]{2,} [a-z]{2,}/.test(text) || /^[A-Z][a-z]+ ?[a-z]*[.:!]?$/.test(text));
      const known = [
        ...['ArrowUp', 'ArrowRight', 'ArrowDown', 'ArrowLeft', 'PageUp', 'PageDown', 'Home', 'End'],
        '6 3',
      ];
      expect(prose.filter((text) => !known.includes(text))).to.deep.equal([]);
    });
  }

  for (const page of ['evidence-page.html', 'refusal.html']) {
    it(`leaves no words in ${page}`, () => {
      const html = readFileSync(new URL(page, BROWSER), 'utf8');
      expect(html.replaceAll(/<[^>]*>|\{\{\w+\}\}|\s/g, '')).to.equal('');
    });
  }
});

describe('language of the evidence page', () => {
  const choose = createTextChooser('de');
  const ask = (query: object, accepted: string | false, locale?: string) =>
    choose({ query, acceptsLanguages: () => accepted }, locale).language;

  it('is what the address asks for, before the launch, the browser and the site', () => {
    expect(ask({ language: 'en' }, 'de', 'de-DE')).to.equal('en');
    expect(ask({}, 'de', 'en-US')).to.equal('en');
    expect(ask({}, 'en')).to.equal('en');
    expect(ask({}, false)).to.equal('de');
  });

  it('is never one we do not speak', () => {
    expect(ask({ language: 'fr' }, false, 'it')).to.equal('de');
    expect(ask({ language: ['en', 'de'] }, false)).to.equal('de');
  });
});
