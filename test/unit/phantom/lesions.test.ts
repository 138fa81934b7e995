import { expect } from 'chai';
import { createHeadPhantom, type HeadPhantom } from '../../../src/phantom/head-phantom.ts';
import { HEMORRHAGE_BITS, LESION_BITS, type Lesion } from '../../../src/phantom/lesion.ts';
import { isIntracranial } from '../../../src/phantom/tissue-label.ts';
import { subduralHu } from '../../../src/phantom/extra-axial.ts';

const small = { matrix: 96, sliceCount: 32, noise: 0 } as const;

function withLesions(lesions: readonly Lesion[], seed = 11): HeadPhantom {
  return createHeadPhantom({ seed, ...small, ageYears: 68, lesions });
}

/** The median: voxels at the skull's edge hold some bone. */
function typicalHu({ hu, truth }: HeadPhantom, bit: number): number {
  const values = hu.filter((_, at) => ((truth.lesions[at] ?? 0) & bit) !== 0).sort();
  return values[values.length >> 1] ?? Number.NaN;
}

/** Share of a lesion's voxels on the patient's left: columns run from the patient's right to the left. */
function leftShare({ truth, columns }: HeadPhantom, bit: number): number {
  let [left, all] = [0, 0];
  truth.lesions.forEach((bits, at) => {
    if ((bits & bit) === 0) return;
    all++;
    if (at % columns >= columns / 2) left++;
  });
  return left / all;
}

const BLEEDS: readonly Lesion[] = [
  { kind: 'intraparenchymal', side: 'left', site: 'basal-ganglia', volumeMl: 25 },
  { kind: 'intraparenchymal', side: 'left', site: 'lobar-parietal', volumeMl: 40 },
  { kind: 'intraparenchymal', side: 'left', site: 'cerebellum', volumeMl: 12 },
  { kind: 'intraventricular', side: 'left', fill: 0.5 },
  { kind: 'subdural', side: 'left', thicknessMm: 10, ageDays: 1 },
  { kind: 'epidural', side: 'left', site: 'temporal', thicknessMm: 18 },
  { kind: 'subarachnoid', side: 'left', extent: 'sylvian' },
];

describe('phantom: hemorrhage', () => {
  for (const lesion of BLEEDS) {
    const name = 'site' in lesion ? `${lesion.kind} (${lesion.site})` : lesion.kind;
    it(`${name}: dense, on its side, inside the skull, in the truth`, () => {
      const head = withLesions([lesion]);
      const bit = LESION_BITS[lesion.kind];
      expect(head.truth.hemorrhagePresent).to.equal(true);
      expect(head.truth.volumesMl[lesion.kind]).to.be.greaterThan(0.3);
      expect(typicalHu(head, bit)).to.be.within(42, 90);
      expect(leftShare(head, bit)).to.be.greaterThan(0.9);
      const outside = head.truth.lesions.filter(
        (bits, at) => bits !== 0 && !isIntracranial(head.truth.tissue[at] ?? 0),
      );
      expect(outside.length).to.equal(0);
    });
  }

  it('makes the asked volume, within a quarter', () => {
    const [ml, head] = [
      30,
      withLesions([{ kind: 'intraparenchymal', side: 'right', site: 'basal-ganglia', volumeMl: 30 }]),
    ];
    expect(head.truth.volumesMl.intraparenchymal).to.be.within(0.75 * ml, 1.25 * ml);
  });

  it('pushes the midline to the other side, the more the larger', () => {
    const shift = (volumeMl: number): number =>
      withLesions([{ kind: 'intraparenchymal', side: 'left', site: 'basal-ganglia', volumeMl }]).truth.midlineShiftMm;
    expect(shift(5)).to.be.lessThan(shift(60));
    expect(shift(60)).to.be.within(2, 12);
  });

  it('fades with the age of a subdural: dense, then darker than brain', () => {
    expect(subduralHu(0)).to.be.within(55, 75);
    expect(subduralHu(12)).to.be.within(25, 45);
    expect(subduralHu(40)).to.be.lessThan(25);
  });
});

describe('phantom: ischemia', () => {
  const infarct = (more: object = {}): Lesion => ({
    kind: 'acute-infarct',
    side: 'left',
    hoursSinceOnset: 5,
    collateralGrade: 1,
    hyperdenseMca: false,
    ...more,
  });

  it('is no hemorrhage', () => {
    const head = withLesions([infarct()]);
    expect(head.truth.hemorrhagePresent).to.equal(false);
    expect(head.truth.lesions.some((bits) => (bits & HEMORRHAGE_BITS) !== 0)).to.equal(false);
  });

  it('grows with time and with poorer collaterals, and ASPECTS falls', () => {
    const at = (more: object): HeadPhantom['truth'] => withLesions([infarct(more)]).truth;
    const volume = (more: object): number => at(more).volumesMl['acute-infarct'] ?? 0;
    expect(volume({ hoursSinceOnset: 2 })).to.be.lessThan(volume({ hoursSinceOnset: 10 }));
    expect(volume({ collateralGrade: 3 })).to.be.lessThan(volume({ collateralGrade: 0 }));
    expect(at({ collateralGrade: 0, hoursSinceOnset: 8 }).aspects).to.be.lessThan(at({ collateralGrade: 3 }).aspects);
  });

  it('darkens the affected grey matter against the other side', () => {
    const head = withLesions([infarct({ hoursSinceOnset: 8 })]);
    const healthy = withLesions([]);
    const bit = LESION_BITS['acute-infarct'];
    const before = typicalHu({ ...head, hu: healthy.hu }, bit);
    expect(typicalHu(head, bit)).to.be.within(before - 12, before - 2);
  });

  it('shows the dense artery only where it is asked for', () => {
    const dense = withLesions([infarct({ hyperdenseMca: true })]);
    const plain = withLesions([infarct()]);
    const brighter = dense.hu.filter((value, at) => value - (plain.hu[at] ?? 0) > 4);
    expect(brighter.length).to.be.within(2, 300);
  });

  it('leaves a fluid-like hole where an old infarct was', () => {
    const head = withLesions([{ kind: 'old-infarct', side: 'left', site: 'temporo-occipital' }]);
    expect(typicalHu(head, LESION_BITS['old-infarct'])).to.be.within(5, 24);
    expect(head.truth.hemorrhagePresent).to.equal(false);
  });
});
