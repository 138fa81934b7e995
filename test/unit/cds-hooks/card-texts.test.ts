/** The texts as data: complete in every language, and none that comforts or leaves a gap open. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseCardTexts } from '../../../cds-hooks/thrombectomy-risk/card-texts.ts';
import { CARD_IDS } from '../../../cds-hooks/thrombectomy-risk/decision.ts';
import { loadServiceData } from '../../../cds-hooks/thrombectomy-risk/service-data.ts';
import { LANGUAGES } from '../../../src/assessment/domain/language.ts';
import { Fault } from '../../../src/errors.ts';

const english = readFileSync(new URL('../../../cds-hooks/thrombectomy-risk/cards.md', import.meta.url), 'utf8');

describe('card texts', () => {
  for (const language of LANGUAGES) {
    const { texts } = loadServiceData(language);
    it(`${language}: every card without a number says that this is not low risk`, () => {
      const silent = [
        ...['withheld', 'abstained', 'no-statement', 'partial'],
        ...['running', 'waiting', 'delayed', 'failed', 'overloaded', 'no-ct'],
      ];
      for (const id of CARD_IDS.filter((one) => silent.includes(one))) {
        expect(texts.cards[id].summary, id).to.match(/not a low-risk result|nicht: geringes Risiko/i);
      }
    });
    it(`${language}: a CT without a flag is never called free of hemorrhage`, () => {
      expect(texts.cards['no-hemorrhage-flagged'].summary).to.match(/does not exclude|schließt keine aus/);
    });
    it(`${language}: collaterals are called experimental wherever they are named`, () => {
      for (const id of CARD_IDS.filter((one) => texts.cards[one].summary.includes('{poor-collaterals}'))) {
        expect(texts.cards[id].summary, id).to.match(/experiment/);
      }
      expect(texts.phrase('target-poor-collaterals')).to.match(/experiment/);
    });
    it(`${language}: a raised card without a word about the CT itself says so first, in summary and detail`, () => {
      const unchecked = CARD_IDS.filter((one) => /^raised-.+-unchecked$/.test(one));
      expect(unchecked).to.have.length(3);
      for (const id of unchecked) {
        expect(texts.cards[id].summary, id).to.match(
          /^(Hemorrhage on this CT: unknown|Blutung auf dieser CT: unbekannt)[.;]/,
        );
        expect(texts.cards[id].opening, id).to.match(/^(Whether this CT already shows|Ob schon diese CT eine Blutung)/);
      }
    });
    it(`${language}: no card orders anything or promises safety`, () => {
      for (const id of CARD_IDS) {
        const all = `${texts.cards[id].summary} ${texts.cards[id].opening}`;
        expect(all, id).not.to.match(/\b(safe|unsafe|must not|contraindicated|cancel|sicher|kontraindiziert)\b/i);
      }
    });
  }

  const refuse = (markdown: string, why: RegExp) => expect(() => parseCardTexts(markdown)).to.throw(Fault, why);
  it('a missing card is found at start', () => {
    refuse(english.replace('## stop-gate', '## stopgate'), /stop-gate is incomplete/);
  });
  it('a missing phrase is found at start', () => {
    refuse(english.replace('- `reason-slice-gap`', '- `reason-gap`'), /reason-slice-gap is missing/);
  });
  it('an unknown slot is found at start', () => {
    refuse(english.replace('({ich-present})', '({patient-name})'), /unknown slot \{patient-name\}/);
  });
  it('a summary that could reach 140 characters is found at start', () => {
    refuse(
      english.replace('> Hemorrhage suspected', `> ${'Very '.repeat(20)}hemorrhage suspected`),
      /stop-gate can reach/,
    );
  });
});
