/** Strangers' text inside a card, judged by a real Markdown renderer with everything dangerous turned on. */
import { expect } from 'chai';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { escapeUntrusted } from '../../../cds-hooks/thrombectomy-risk/untrusted-text.ts';

const renderer = new MarkdownIt({ html: true, linkify: true, breaks: true });
const render = (value: string): string => renderer.render(`Order: ${escapeUntrusted(value, 200)}`).trim();
const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</p><iframe src="https://evil.example">',
  '[click](https://evil.example)',
  '![x](https://evil.example/pixel.png)',
  '[x]: https://evil.example',
  '<https://evil.example>',
  'https://evil.example/path',
  'HTTP://evil.example',
  'www.evil.example',
  'evil.example',
  'mail@evil.example',
  'javascript:alert(1)',
  '**bold** _it_ ~~gone~~ `code`',
  '# Heading',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  'one\n\n- list\n1. list\n> quote',
  '```\ncode\n```',
  '&lt;script&gt; &#60;script&#62;',
  '\\<script>\\',
  'a\u202Etxt.exe\u202C',
  'zero\u200Bwidth\u0000\u001B[31m',
  '\ud800 half',
  '$x^2$',
];

describe('untrusted text in a card', () => {
  for (const attack of ATTACKS) {
    it(`shows itself and nothing else: ${JSON.stringify(attack).slice(0, 40)}`, () => {
      const html = render(attack);
      expect(html).to.match(/^<p>Order: [^<]*<\/p>$/);
      expect(escapeUntrusted(attack)).not.to.match(/[<>\n]/);
    });
  }
  it('holds for any text: one paragraph, no element, no link', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (value) => {
        fc.pre(escapeUntrusted(value) !== '');
        expect(render(value)).to.match(/^<p>Order: [^<]*<\/p>$/);
      }),
      { numRuns: 500 },
    );
  });
  it('leaves ordinary words, numbers and punctuation as they are', () => {
    expect(escapeUntrusted('Mechanical thrombectomy, M1 left (3.5 h)')).to.equal(
      'Mechanical thrombectomy, M1 left (3.5 h)',
    );
  });
  it('is cut at its limit in code points, with an ellipsis', () => {
    expect(Array.from(escapeUntrusted('😀'.repeat(100), 10))).to.have.length(10);
    expect(escapeUntrusted('😀'.repeat(100), 10)).to.match(/…$/);
  });
});
