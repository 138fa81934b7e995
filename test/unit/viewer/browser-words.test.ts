/** The words of the page that are made in the browser: pure functions, asked here without one. */
import { expect } from 'chai';
import { readPageTexts } from '../../../src/viewer/page-texts.ts';

const browser = async (file: string): Promise<unknown> =>
  import(new URL(`../../../src/viewer/browser/${file}`, import.meta.url).href);

const { useWords, say, sayPercent, sayNumber, sayRange } = (await browser('words.js')) as {
  useWords: (texts: object) => void;
  say: (name: string, slots?: object) => string;
  sayPercent: (percent: number) => string;
  sayNumber: (value: number, decimals?: number) => string;
  sayRange: (low: number, high: number) => string;
};

const { sayAcquisition } = (await browser('moments.js')) as {
  sayAcquisition: (view: { studyStartedAt: string; startedPrecision?: 'day' }) => string;
};

interface Opinions {
  opinions: readonly { displayName: string; percent: number }[];
  spreadPoints: number;
}
const { describeOpinions, hasSlicesToShow } = (await browser('finding-cards.js')) as {
  describeOpinions: (finding: Opinions) => string;
  hasSlicesToShow: (finding: object) => boolean;
};

describe('words of the evidence page', () => {
  beforeEach(() => useWords(readPageTexts('en')));

  it('give dates, numbers and percent in the form of their language', () => {
    const day = { studyStartedAt: '2026-01-23T00:00:00.000Z', startedPrecision: 'day' } as const;
    expect([sayPercent(61.4), sayPercent(0.2), sayRange(7, 99.9), sayNumber(1234.5)]).to.deep.equal([
      '61%',
      'under 1%',
      '7% to over 99%',
      '1,234.5',
    ]);
    useWords(readPageTexts('de'));
    expect([sayPercent(61.4), sayPercent(0.2), sayRange(7, 99.9), sayNumber(1234.5)]).to.deep.equal([
      '61 %',
      'unter 1 %',
      '7 % bis über 99 %',
      '1.234,5',
    ]);
    expect(sayAcquisition(day)).to.equal('23. Jan. 2026 (Uhrzeit nicht bekannt)');
  });

  it('are never made up: a missing text or slot is a fault', () => {
    expect(() => say('no such text')).to.throw('No text');
    expect(() => say('ct.readout', { slice: 1 })).to.throw('has no');
  });

  it('give a CT its time and age, or its day alone where the chart knows no more', () => {
    expect(sayAcquisition({ studyStartedAt: '2026-01-23T10:36:00Z' })).to.match(/^23 Jan 2026 .*\d\d:\d\d.* ago\)$/);
    const day = { studyStartedAt: '2026-01-23T00:00:00.000Z', startedPrecision: 'day' } as const;
    expect(sayAcquisition(day)).to.equal('23 Jan 2026 (time not known)');
  });

  it('say how far the networks are apart only where there are two', () => {
    const [one, other] = [
      { displayName: 'InceptionV4', percent: 94 },
      { displayName: 'SEResNet101', percent: 86 },
    ];
    expect(describeOpinions({ opinions: [one, other], spreadPoints: 8 })).to.equal(
      'Networks 8 points apart: InceptionV4 94%, SEResNet101 86%',
    );
    expect(describeOpinions({ opinions: [one], spreadPoints: 0 })).to.equal('One network only: InceptionV4 94%');
  });

  it('offer the CT for what has slices or maps on it', () => {
    expect(hasSlicesToShow({ kind: 'estimate', drivingSlices: [3] })).to.equal(true);
    expect(hasSlicesToShow({ kind: 'estimate', drivingSlices: [] })).to.equal(false);
    expect(hasSlicesToShow({ kind: 'abstained', hasMaps: true })).to.equal(true);
    expect(hasSlicesToShow({ kind: 'abstained', hasMaps: false })).to.equal(false);
  });
});
