import { expect } from 'chai';
import { pino } from 'pino';
import { createSweepCutWarning } from '../../../src/wiring/warn-of-cut-sweep.ts';

describe('createSweepCutWarning', () => {
  it('says once an hour that a sweep left studies unread, and whether new ones may be among them', () => {
    const lines: { level: number; studies: number; msg: string }[] = [];
    const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) });
    let now = 1_000_000;
    const warn = createSweepCutWarning(logger, () => now);
    warn({ studies: 1_000, newestFirst: true });
    warn({ studies: 1_000, newestFirst: true });
    now += 3_600_000;
    warn({ studies: 400, newestFirst: false });
    expect(lines.map(({ level, studies }) => [level, studies])).to.deep.equal([
      [40, 1_000],
      [40, 400],
    ]);
    expect(lines.map(({ msg }) => /new CTs may be missed/.test(msg))).to.deep.equal([false, true]);
  });
});
