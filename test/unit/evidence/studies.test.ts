/** The studies as data: every figure stands in the sentence it was read in; nothing unverified enters a pool. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { selectFacts } from '../../../evidence/select-facts.ts';
import { readStudyLibrary, type Fact, type Question, type StudyLibrary } from '../../../evidence/study-schema.ts';

const library = readStudyLibrary(fileURLToPath(new URL('../../../evidence', import.meta.url)));

/** The figures a fact claims, as its sentence would print them. */
function listFigures(fact: Fact): readonly string[] {
  if (fact.kind === 'odds-ratio')
    return [fact.estimate, fact.lower, fact.upper].flatMap((one) => one ?? []).map(String);
  if (fact.kind === 'auc') return [fact.auc, fact.lower, fact.upper].flatMap((one) => one ?? []).map(String);
  const shown = fact.percent === undefined ? (fact.eventParts ?? [fact.events]) : [fact.percent];
  return [...(fact.verified ? [fact.n] : []), ...(fact.verified ? shown : [])].map(String);
}

describe('studies of the published evidence', () => {
  for (const { id, facts } of library.studies) {
    it(`${id}: its figures stand in the sentences they were read in`, () => {
      for (const fact of facts) {
        const numbers = (fact.quote.replaceAll(/(\d),(\d{3})/g, '$1$2').match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
        // A percentage in the sentence may stand for an area: "95% CI, 75.8–92.1".
        const asAreas = fact.kind === 'auc' ? numbers.map((one) => Number((one / 100).toFixed(4))) : [];
        for (const figure of listFigures(fact)) {
          expect([...numbers, ...asAreas], `${fact.question}: ${figure} in "${fact.quote}"`).to.include(Number(figure));
        }
      }
    });
  }

  it('have events that follow from what is published', () => {
    for (const { id, facts } of library.studies) {
      for (const fact of facts) {
        if (fact.kind !== 'proportion') continue;
        expect(fact.events, id).to.be.at.most(fact.n);
        if (fact.eventParts)
          expect(
            fact.eventParts.reduce((sum, one) => sum + one, 0),
            id,
          ).to.equal(fact.events);
        if (fact.percent !== undefined) expect(fact.events, id).to.equal(Math.round((fact.n * fact.percent) / 100));
      }
    }
  });

  it('enter a pool only when verified, and say why where they do not', () => {
    for (const question of library.questions) {
      const { chosen, leftOut } = selectFacts(library, question);
      expect(chosen.every(({ fact }) => fact.verified && fact.exclude === undefined)).to.equal(true);
      for (const { study, reason } of leftOut) expect(reason, study.id).to.have.length.above(10);
      const asked = question.takesFrom ?? [question.id];
      const all = library.studies.flatMap(({ facts }) => facts).filter((fact) => asked.includes(fact.question));
      expect(chosen.length + leftOut.length, question.id).to.equal(all.length);
    }
  });

  it('keep the definitions of symptomatic hemorrhage apart: only labelled pools mix questions', () => {
    for (const { id, takesFrom, isSensitivity } of library.questions) {
      if (takesFrom) expect(isSensitivity, id).to.equal(true);
    }
  });
});

describe('a library of studies', () => {
  const question: Question = {
    id: 'rate',
    group: 'incidence',
    measure: 'proportion',
    title: { en: 'Rate', de: 'Rate' },
    outcome: { en: 'any', de: 'jede' },
  };
  const fact = {
    question: 'rate',
    kind: 'proportion',
    n: 100,
    events: 30,
    definition: 'any',
    quote: '30 of 100',
  } as const;

  it('refuses the same patients twice in one pool', () => {
    const study = { id: 'one', label: 'One', citation: 'One', design: 'cohort', population: 'all', cohort: 'same' };
    const readAt = { part: 'abstract' };
    const studies = [study, { ...study, id: 'two' }].map((one) => ({
      ...one,
      readAt,
      facts: [{ ...fact, verified: true }],
    }));
    const twice: StudyLibrary = { studies, questions: [question], minimumStudies: 3 };
    expect(() => selectFacts(twice, question)).to.throw('one and two are the same patients');
  });

  const WRONG = [
    ['a question nobody asks', { question: 'other', verified: true }, /no question other/],
    ['a figure without a sentence', { quote: '', verified: true }, /quote/],
    ['an unverified figure without a reason', { verified: false }, /why it is not verified/],
    ['an unknown member', { verified: true, weight: 2 }, /weight/i],
  ] as const;
  for (const [what, change, words] of WRONG) {
    it(`refuses ${what}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
      mkdirSync(join(folder, 'studies'));
      const file = { about: 'test', minimumStudies: 3, questions: [question] };
      writeFileSync(join(folder, 'questions.json'), JSON.stringify(file));
      const study = {
        ...{ id: 'one', label: 'One', citation: 'One', design: 'cohort', population: 'all', cohort: 'one' },
        readAt: { part: 'abstract' },
        facts: [{ ...fact, ...change }],
      };
      writeFileSync(join(folder, 'studies', 'one.json'), JSON.stringify(study));
      try {
        expect(() => readStudyLibrary(folder)).to.throw(words);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
