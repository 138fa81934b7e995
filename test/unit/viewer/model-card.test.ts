import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SOURCE_ATTRIBUTES, toModelCard } from '../../../src/viewer/model-card.ts';
import { readPageTexts } from '../../../src/viewer/page-texts.ts';

const MODELS = new URL('../../../models/', import.meta.url);
const contracts = readdirSync(MODELS, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('contract.json'),
);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, MODELS), 'utf8')) as Record<string, unknown>;

describe('model card', () => {
  it('has the 31 source attributes of HTI-1, each once', () => {
    expect(SOURCE_ATTRIBUTES).to.have.length(31);
    expect(new Set(SOURCE_ATTRIBUTES).size).to.equal(31);
  });

  it('knows every attribute that the contracts hold', () => {
    expect(contracts).to.not.have.length(0);
    for (const path of contracts) {
      expect(Object.keys(read(path)['attributes'] as object).sort(), path).to.deep.equal([...SOURCE_ATTRIBUTES].sort());
    }
  });

  it('names all 31 where the contract is silent, without a text', () => {
    const card = toModelCard({ ...read(contracts[0]!), attributes: {} }, readPageTexts('en'));
    const attributes = card.groups.flatMap((group) => group.attributes);
    expect(attributes).to.have.length(31);
    expect(attributes.filter((attribute) => 'text' in attribute)).to.deep.equal([]);
  });

  it('says what must be known beside the figures, with a label in every language', () => {
    for (const path of contracts) {
      const contract = read(path);
      const { notes } = contract['training'] as { notes: Record<string, string> };
      const card = toModelCard(contract, readPageTexts('de'));
      expect(Object.fromEntries(card.trainingNotes.map(({ name, text }) => [name, text])), path).to.deep.equal(notes);
      expect(card.trainingNotes.map(({ name }) => name)).to.include.members(['calibration', 'heldOut']);
      for (const { name } of card.trainingNotes) {
        for (const language of ['en', 'de'] as const) {
          expect(readPageTexts(language).page, path).to.have.property(`models.note.${name}`);
        }
      }
    }
  });

  it('has no notes where the contract has none', () => {
    const contract = read(contracts[0]!);
    const training = { ...(contract['training'] as object), notes: undefined };
    expect(toModelCard({ ...contract, training }, readPageTexts('en')).trainingNotes).to.deep.equal([]);
  });

  it('asks in the language of the reader and answers in the words of the contract', () => {
    const contract = read(contracts[0]!);
    const [english, german] = [readPageTexts('en'), readPageTexts('de')].map((texts) => toModelCard(contract, texts));
    expect(english?.groups[0]?.question).to.equal('Who made it, and what comes out?');
    expect(german?.groups[0]?.question).to.equal('Wer hat es gemacht, und was kommt heraus?');
    expect(german?.groups[0]?.attributes[0]?.text).to.equal(english?.groups[0]?.attributes[0]?.text);
  });
});
