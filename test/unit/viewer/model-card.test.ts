import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SOURCE_ATTRIBUTES, toModelCard } from '../../../src/viewer/model-card.ts';

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

  it('says "Not available" where the contract is silent', () => {
    const card = toModelCard({ ...read(contracts[0]!), attributes: {} });
    const texts = card.groups.flatMap((group) => group.attributes.map((attribute) => attribute.text));
    expect(texts).to.deep.equal(Array.from({ length: 31 }, () => 'Not available'));
  });
});
