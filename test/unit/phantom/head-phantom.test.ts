import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { createHeadPhantom, type HeadPhantom } from '../../../src/phantom/head-phantom.ts';
import { isIntracranial, TISSUE } from '../../../src/phantom/tissue-label.ts';

const small = { matrix: 128, sliceCount: 32 } as const;
const sha = (values: Int16Array): string => createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');

/** Median HU of one label. */
function medianHu({ hu, truth }: HeadPhantom, label: number): number {
  const values = hu.filter((_, at) => truth.tissue[at] === label).sort();
  return values[values.length >> 1] ?? Number.NaN;
}

function volumeMl({ truth, pixelSpacingMm, sliceSpacingMm }: HeadPhantom, test: (label: number) => boolean): number {
  return (truth.tissue.filter(test).length * pixelSpacingMm ** 2 * sliceSpacingMm) / 1000;
}

describe('phantom: a healthy head', () => {
  let head: HeadPhantom;
  before(() => {
    head = createHeadPhantom({ seed: 7, ...small });
  });

  it('is the same for the same seed and another for another', () => {
    expect(sha(createHeadPhantom({ seed: 7, ...small }).hu)).to.equal(sha(head.hu));
    expect(sha(createHeadPhantom({ seed: 8, ...small }).hu)).not.to.equal(sha(head.hu));
  });

  it('has the attenuation of each tissue within textbook ranges', () => {
    const quiet = createHeadPhantom({ seed: 7, ...small, noise: 0 });
    expect(medianHu(quiet, TISSUE.grey)).to.be.within(37, 45);
    expect(medianHu(quiet, TISSUE.white)).to.be.within(25, 33);
    expect(medianHu(quiet, TISSUE.csf)).to.be.within(0, 28);
    expect(medianHu(quiet, TISSUE.bone)).to.be.within(600, 1600);
    expect(medianHu(quiet, TISSUE.air)).to.equal(-1000);
    expect(medianHu(quiet, TISSUE.grey) - medianHu(quiet, TISSUE.white)).to.be.within(5, 12);
  });

  it('holds an adult brain: 1.3 to 1.7 litres inside the skull on average', () => {
    const volumes = [1, 2, 3, 4].map((seed) =>
      volumeMl(createHeadPhantom({ seed, ...small, matrix: 96 }), isIntracranial),
    );
    expect(volumes.reduce((sum, one) => sum + one, 0) / 4).to.be.within(1300, 1700);
    expect(new Set(volumes).size).to.equal(4);
  });

  it('has ventricles and sulci, but more brain than fluid', () => {
    const brain = volumeMl(head, (label) => label === TISSUE.grey || label === TISSUE.white);
    const fluid = volumeMl(head, (label) => label === TISSUE.csf);
    expect(fluid).to.be.within(40, 450);
    expect(brain).to.be.greaterThan(2.5 * fluid);
  });

  it('has no lesion and says so', () => {
    expect(head.truth).to.deep.include({ hemorrhagePresent: false, aspects: 10, midlineShiftMm: 0, volumesMl: {} });
    expect(head.truth.lesions.every((bits) => bits === 0)).to.equal(true);
  });

  it('pads outside the reconstruction circle with -1024 and nowhere inside', () => {
    expect(head.hu[0]).to.equal(-1024);
    expect(head.hu[64 * 128 + 64]).to.be.greaterThan(-1024);
    expect(head.hu.every((value) => value >= -1024 && value <= 3071)).to.equal(true);
  });

  it('shrinks the brain with age', () => {
    const fluidShare = (ageYears: number): number =>
      [1, 2, 3]
        .map((seed) => createHeadPhantom({ seed, ...small, ageYears }))
        .reduce((sum, one) => sum + volumeMl(one, (label) => label === TISSUE.csf) / volumeMl(one, isIntracranial), 0);
    expect(fluidShare(88)).to.be.greaterThan(1.3 * fluidShare(45));
  });

  it('puts air into nasal cavity and sinuses below, none inside the skull', () => {
    const slice = 128 * 128;
    const airInside = (k: number): number => {
      let count = 0;
      for (let i = 30; i < 70; i++)
        for (let j = 54; j < 74; j++) if (head.truth.tissue[k * slice + i * 128 + j] === TISSUE.air) count++;
      return count;
    };
    expect(airInside(3)).to.be.greaterThan(50);
    expect(airInside(20)).to.equal(0);
  });
});

describe('phantom: the scanner', () => {
  it('gives thin slices more noise than thick ones', () => {
    const spread = (sliceThicknessMm: number): number => {
      const shared = { seed: 3, matrix: 128, slicePositionsMm: [70], sliceThicknessMm };
      const noisy = createHeadPhantom(shared);
      const quiet = createHeadPhantom({ ...shared, noise: 0 });
      const white = noisy.hu
        .map((value, at) => value - (quiet.hu[at] ?? 0))
        .filter((_, at) => noisy.truth.tissue[at] === TISSUE.white);
      return Math.sqrt(white.reduce((sum, value) => sum + value * value, 0) / white.length);
    };
    expect(spread(5)).to.be.within(1.5, 6);
    expect(spread(1)).to.be.greaterThan(1.5 * spread(5));
  });

  it('gives the bone kernel sharper edges and more noise', () => {
    const options = { seed: 3, matrix: 256, slicePositionsMm: [60] };
    const soft = createHeadPhantom(options);
    const bone = createHeadPhantom({ ...options, kernel: 'bone' });
    const steepest = ({ hu }: HeadPhantom): number => {
      let most = 0;
      for (let at = 1; at < hu.length; at++) {
        if ((hu[at] ?? 0) > -500 && (hu[at - 1] ?? 0) > -500)
          most = Math.max(most, Math.abs((hu[at] ?? 0) - (hu[at - 1] ?? 0)));
      }
      return most;
    };
    expect(steepest(bone)).to.be.greaterThan(steepest(soft));
  });

  it('brightens vessels with contrast, not brain', () => {
    const options = { seed: 5, ...small, noise: 0 };
    const plain = createHeadPhantom(options);
    const arterial = createHeadPhantom({ ...options, contrast: 'arterial' });
    expect(medianHu(arterial, TISSUE.vessel)).to.be.greaterThan(medianHu(plain, TISSUE.vessel) + 20);
    expect(medianHu(arterial, TISSUE.white)).to.equal(medianHu(plain, TISSUE.white));
  });

  it('writes metal as saturated pixels with bright and dark streaks', () => {
    const options = { seed: 5, matrix: 128, slicePositionsMm: [20] };
    const plain = createHeadPhantom(options);
    const clipped = createHeadPhantom({ ...options, artifacts: [{ kind: 'metal', source: 'aneurysm-clip' }] });
    const differences = clipped.hu.map((value, at) => value - (plain.hu[at] ?? 0));
    expect(clipped.hu.filter((value) => value > 2500).length).to.be.greaterThan(2);
    expect(differences.filter((value) => value < -60).length).to.be.greaterThan(20);
    expect(differences.filter((value) => value > 60).length).to.be.greaterThan(20);
  });

  it('doubles contours in the slices that moved and leaves the others alone', () => {
    const options = { seed: 5, ...small };
    const still = createHeadPhantom(options);
    const moved = createHeadPhantom({ ...options, artifacts: [{ kind: 'motion', shiftMm: 4, share: 0.2 }] });
    const slice = 128 * 128;
    const changed = (k: number): boolean =>
      moved.hu
        .subarray(k * slice, (k + 1) * slice)
        .some((value, at) => Math.abs(value - (still.hu[k * slice + at] ?? 0)) > 200);
    expect(changed(16)).to.equal(true);
    expect(changed(2)).to.equal(false);
  });
});
