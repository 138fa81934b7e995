import { expect } from 'chai';
import { addDays, countDays, createDayReader, findStart, isDay } from '../../../src/monitoring/days.ts';

describe('days of the site', () => {
  const STARTS: readonly [string, string, string][] = [
    ['UTC', '2026-11-25', '2026-11-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-11-25', '2026-11-24T23:00:00.000Z'],
    ['Europe/Berlin', '2026-07-01', '2026-06-30T22:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-25', '2026-11-25T08:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-25', '2026-11-24T10:00:00.000Z'],
    // Clocks go from 0:00 to 1:00: the day begins at 1:00.
    ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z'],
  ];
  for (const [zone, day, start] of STARTS) {
    it(`${day} begins in ${zone} at ${start}`, () => {
      expect(findStart(day, zone).toISOString()).to.equal(start);
      expect(createDayReader(zone)(findStart(day, zone))).to.equal(day);
      expect(createDayReader(zone)(new Date(findStart(day, zone).getTime() - 1))).to.equal(addDays(day, -1));
    });
  }

  it('has 23 hours where the clocks go forward', () => {
    const hours = (day: string) =>
      (findStart(addDays(day, 1), 'Europe/Berlin').getTime() - findStart(day, 'Europe/Berlin').getTime()) / 3_600_000;
    expect([hours('2026-03-28'), hours('2026-03-29'), hours('2026-10-25')]).to.deep.equal([24, 23, 25]);
  });

  it('knows a day from what is none', () => {
    expect(['2026-02-28', '2026-02-30', '2026-2-3', 'today', '', undefined].map(isDay)).to.deep.equal([
      ...[true, false, false, false, false, false],
    ]);
    expect(countDays('2026-11-01', '2026-11-30')).to.equal(30);
  });
});
