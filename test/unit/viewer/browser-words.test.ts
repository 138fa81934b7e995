/** The words of the page that are made in the browser: pure functions, asked here without one. */
import { expect } from 'chai';

const browser = async (file: string): Promise<unknown> =>
  import(new URL(`../../../src/viewer/browser/${file}`, import.meta.url).href);

const { sayAcquisition } = (await browser('moments.js')) as {
  sayAcquisition: (view: { studyStartedAt: string; startedPrecision?: 'day' }) => string;
};

describe('words of the evidence page', () => {
  it('give a CT its time and age, or its day alone where the chart knows no more', () => {
    expect(sayAcquisition({ studyStartedAt: '2026-01-23T10:36:00Z' })).to.match(/^23 Jan 2026 .*\d\d:\d\d.* ago\)$/);
    const day = { studyStartedAt: '2026-01-23T00:00:00.000Z', startedPrecision: 'day' } as const;
    expect(sayAcquisition(day)).to.equal('23 Jan 2026 (time not known)');
  });
});
