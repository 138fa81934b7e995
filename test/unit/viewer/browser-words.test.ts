/** The words of the page that are made in the browser: pure functions, asked here without one. */
import { expect } from 'chai';

const browser = async (file: string): Promise<unknown> =>
  import(new URL(`../../../src/viewer/browser/${file}`, import.meta.url).href);

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
