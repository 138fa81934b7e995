import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import pino from 'pino';
import type { IssuedCard } from '../../../src/assessment/domain/ports.ts';
import { createCardMemory } from '../../../src/cds/card-memory.ts';

const card = (cardUuid: string): IssuedCard => ({ cardUuid }) as IssuedCard;

describe('memory of what was said', () => {
  const batches: string[][] = [];
  const errors: string[] = [];
  let fails = false;
  const store = {
    rememberCards: (cards: readonly IssuedCard[]) => {
      batches.push(cards.map(({ cardUuid }) => cardUuid));
      return fails ? Promise.reject(new Error('the disk of Mr. Private')) : Promise.resolve();
    },
  };
  const memory = createCardMemory(store, pino({ level: 'error' }, { write: (line: string) => void errors.push(line) }));

  beforeEach(() => {
    batches.length = 0;
    errors.length = 0;
    fails = false;
  });

  it('gathers the cards of a busy moment into one write', async () => {
    memory.remember([card('a')]);
    memory.remember([card('b'), card('c')]);
    memory.remember([]);
    expect(batches).to.deep.equal([]);
    await pause(200);
    expect(batches).to.deep.equal([['a', 'b', 'c']]);
  });

  it('writes what is gathered at once when the service stops, and nothing twice', async () => {
    memory.remember([card('a')]);
    await memory.settle();
    await memory.settle();
    await pause(200);
    expect(batches).to.deep.equal([['a']]);
  });

  it('says in the log, without a name, what it could not keep', async () => {
    fails = true;
    memory.remember([card('a')]);
    await memory.settle();
    expect(errors.join()).to.contain('cards not kept').and.not.contain('Private');
  });
});
