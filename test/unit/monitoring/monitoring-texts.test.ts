import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CANONICAL } from '../../../src/fhir/terminology/canonical.ts';
import { listQueries, sayQuery } from '../../../src/monitoring/facts/queries.ts';
import { readMonitoringTexts } from '../../../src/monitoring/page/monitoring-texts.ts';
import { OUTCOME_CODES } from '../../../src/monitoring/facts/outcome-codes.ts';
import { CARD_IDS } from '../../../cds-hooks/thrombectomy-risk/decision.ts';

interface CodeSystem {
  readonly concept: readonly { readonly code: string }[];
}
const readCodes = (name: string) =>
  (
    JSON.parse(
      readFileSync(new URL(`../../../fhir-profiles/generated/CodeSystem-${name}.json`, import.meta.url), 'utf8'),
    ) as CodeSystem
  ).concept.map(({ code }) => code);

function listTexts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value as object).flatMap(([name, one]) => listTexts(one, `${path}.${name}`));
}
const slots = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([slot]) => slot).toSorted();

describe('the queries of the site report', () => {
  it('are those that docs/audit.md gives to the auditor', () => {
    const page = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8');
    const period = { from: new Date('2026-11-01T00:00:00Z'), until: new Date('2026-12-01T00:00:00Z') };
    for (const query of listQueries(period)) {
      const said = sayQuery(query)
        .replace('&_count=200', '')
        .replaceAll(`${CANONICAL}/CodeSystem`, '{cs}')
        .replace(/date=ge[^&]+/, 'date=ge{from}')
        .replace(/date=lt[^&]+/, 'date=lt{until}');
      expect(page).to.contain(`GET ${said}\n`);
    }
  });
});

describe('texts and codes of the monitoring', () => {
  const [english, german] = [listTexts(readMonitoringTexts('en')), listTexts(readMonitoringTexts('de'))];

  it('say the same things in both languages, with the same slots', () => {
    expect(german.map(([path]) => path)).to.deep.equal(english.map(([path]) => path));
    for (const [index, [path, text]] of english.entries())
      expect(slots(german[index]![1]), path).to.deep.equal(slots(text));
  });

  it('know every card, and so does the code system', () => {
    expect(Object.keys(readMonitoringTexts('en').cards)).to.have.members([...CARD_IDS]);
    expect(readCodes('cards')).to.have.members([...CARD_IDS]);
  });

  it('use only outcome codes of the code system, each for one thing', () => {
    const used = Object.values(OUTCOME_CODES.outcomes).flatMap(({ code, positive, negative }) => [
      code,
      ...positive,
      ...negative,
    ]);
    expect(new Set(used).size).to.equal(used.length);
    expect(readCodes('outcomes')).to.have.members([...used, OUTCOME_CODES.thrombectomyEnd]);
  });
});
