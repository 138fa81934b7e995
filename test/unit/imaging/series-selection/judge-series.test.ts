import { expect } from 'chai';
import fc from 'fast-check';
import { judgeSeries } from '../../../../src/imaging/series-selection/judge-series.ts';
import { parseRules } from '../../../../src/imaging/series-selection/rule-schema.ts';
import builtIn from '../../../../src/imaging/series-selection/rules.json' with { type: 'json' };
import { readSeriesFacts, type SeriesFacts } from '../../../../src/imaging/series-selection/series-facts.ts';
import { stackFacts } from '../../../support/imaging-facts.ts';

const rules = parseRules(builtIn);

/** A plain 5 mm soft-kernel head. */
const good: SeriesFacts = {
  ...readSeriesFacts({ seriesInstanceUid: '1.2.3.4', modality: 'CT' }, stackFacts(30)),
};
const judgeOne = (more: Partial<SeriesFacts>) => judgeSeries([{ ...good, ...more }], rules);

const EXCLUDED: readonly (readonly [string, Partial<SeriesFacts>, string])[] = [
  ['a magnetic resonance series', { modality: 'MR' }, 'no-suitable-series'],
  ['a structured report', { modality: 'SR', sopClassUid: '' }, 'no-suitable-series'],
  ['a secondary capture', { sopClassUid: '1.2.840.10008.5.1.4.1.1.7' }, 'secondary-capture-only'],
  ['a localizer', { imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' }, 'localizer-only'],
  ['a scout by its name', { description: 'TOPOGRAM 0.6 T20F', sliceCount: 1 }, 'localizer-only'],
  ['a dose sheet', { description: 'DOSE REPORT' }, 'secondary-capture-only'],
  ['8-bit pixels', { bitsAllocated: 8 }, 'secondary-capture-only'],
  ['colour', { samplesPerPixel: 3 }, 'secondary-capture-only'],
  ['a reformat', { imageType: 'DERIVED\\SECONDARY\\MPR' }, 'no-suitable-series'],
  ['a coronal stack', { tiltDeg: 88 }, 'orientation-not-axial'],
  ['a stack without orientation', { tiltDeg: undefined }, 'slice-geometry-inconsistent'],
  ['a contrast agent', { contrastAgent: 'ULTRAVIST 370' }, 'contrast-enhanced'],
  ['an angiography by its name', { description: 'CTA COW 0.75' }, 'contrast-enhanced'],
  ['a post-contrast head by its name', { description: 'HEAD POST CONTRAST 5.0' }, 'contrast-enhanced'],
  ['a head whose name says contrast', { description: 'HEAD CONTRAST 5MM' }, 'contrast-enhanced'],
  [
    'a head before and after contrast in one series',
    { description: 'HEAD WITHOUT AND WITH CONTRAST' },
    'contrast-enhanced',
  ],
  ['a perfusion by its name', { description: 'CT PERFUSION HEAD' }, 'contrast-enhanced'],
  ['a perfusion by its geometry', { passes: 30 }, 'slice-geometry-inconsistent'],
  ['a chest by its tag', { bodyPart: 'CHEST' }, 'not-head'],
  ['a chest by its name only (CQ500 "thin plain" 172)', { bodyPart: '', description: 'THORAX 5.0' }, 'not-head'],
  ['a Siemens bone kernel', { kernel: 'H70H' }, 'bone-kernel-only'],
  ['a GE bone kernel', { kernel: 'BONEPLUS' }, 'bone-kernel-only'],
  ['a Philips bone kernel', { kernel: 'YA' }, 'bone-kernel-only'],
  ['a sharp kernel by its word', { kernel: 'H_SHARP_C' }, 'bone-kernel-only'],
  ['a Canon bone kernel', { kernel: 'FC81' }, 'bone-kernel-only'],
  ['a bone series by its name', { kernel: '', description: 'HEAD BONE 2.0' }, 'bone-kernel-only'],
  ['nine slices', { sliceCount: 9 }, 'too-few-slices'],
  ['four thousand instances', { sliceCount: 4000 }, 'study-too-large'],
];

const KEPT: readonly (readonly [string, Partial<SeriesFacts>])[] = [
  ['a head that says "without contrast"', { description: 'HEAD W/O CONTRAST 5MM' }],
  ['a head that says "non contrast"', { description: 'NON CONTRAST HEAD' }],
  ['a head that says "W/O IV CONTRAST"', { description: 'CT HEAD W/O IV CONTRAST' }],
  ['a head that says "unenhanced"', { description: 'BRAIN UNENHANCED' }],
  ['a head that says "pre contrast"', { description: 'PRE-CONTRAST HEAD' }],
  ['a head that says "noncontrast"', { description: 'NONCONTRAST HEAD' }],
  ['a Siemens Br40 kernel', { kernel: 'BR40F\\3' }],
  ['an agent field that says NONE', { contrastAgent: 'NONE' }],
  ['a head scanned with the cervical spine in one protocol name', { description: 'HEAD 5.0 | HEAD AND C-SPINE' }],
  ['a gantry tilt of 25 degrees', { tiltDeg: 25 }],
  ['an unknown kernel', { kernel: 'XYZ' }],
  ['a standard GE kernel', { kernel: 'STANDARD' }],
  ['a Siemens kernel with iteration', { kernel: 'J30S\\2' }],
];

describe('imaging/series-selection/judge-series', () => {
  for (const [what, facts, reason] of EXCLUDED) {
    it(`excludes ${what}: ${reason}`, () => {
      const { chosen, verdicts } = judgeOne(facts);
      expect(chosen).to.include({ kind: 'abstained', reason });
      expect(verdicts[0]).to.not.have.property('score');
      expect(verdicts[0]?.reasons.at(-1)).to.match(/: excluded$/);
    });
  }

  for (const [what, facts] of KEPT) {
    it(`keeps ${what}`, () => expect(judgeOne(facts).chosen).to.equal('1.2.3.4'));
  }

  it('prefers 5 mm soft to thin, and keeps the score and the reasons of both', () => {
    const thin = { ...good, seriesInstanceUid: '9', thicknessMm: 0.6, sliceCount: 250 };
    const { chosen, verdicts } = judgeSeries([thin, good], rules);
    expect(chosen).to.equal('1.2.3.4');
    expect(verdicts.map(({ chosen: isChosen }) => isChosen)).to.deep.equal([false, true]);
    expect(verdicts[0]?.score).to.be.below(verdicts[1]!.score!);
    expect(verdicts[0]?.reasons).to.include('thickness-thin +5');
  });

  it('takes the thin series when the thick one is bone', () => {
    const bone = { ...good, kernel: 'H70H' };
    const thin = { ...good, seriesInstanceUid: '9', thicknessMm: 0.6 };
    expect(judgeSeries([bone, thin], rules).chosen).to.equal('9');
  });

  it('does not let a protocol that names both phases speak for the plain series', () => {
    const instances = stackFacts(30).map((one) => ({ ...one, protocolName: 'Head W/O and W contrast' }));
    const facts = readSeriesFacts({ seriesInstanceUid: '1.2.3.4', modality: 'CT' }, instances);
    expect(judgeSeries([facts], rules).chosen).to.equal('1.2.3.4');
  });

  it('names the most telling reason when nothing is left', () => {
    const scout = { ...good, imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' };
    const contrast = { ...good, seriesInstanceUid: '9', contrastAgent: 'IOHEXOL' };
    expect(judgeSeries([scout, contrast], rules).chosen).to.include({ reason: 'contrast-enhanced' });
  });

  it('abstains on a study without series', () => {
    expect(judgeSeries([], rules).chosen).to.include({ kind: 'abstained', reason: 'no-suitable-series' });
  });

  it('property: the choice does not depend on the order of the series', () => {
    const series = fc.uniqueArray(
      fc.record({
        seriesInstanceUid: fc.constantFrom('1', '2', '3', '4', '5', '6'),
        thicknessMm: fc.constantFrom(0.6, 2.5, 5, 7),
        kernel: fc.constantFrom('H30S', 'H70H', ''),
        imageType: fc.constantFrom(
          'ORIGINAL\\PRIMARY\\AXIAL',
          'DERIVED\\SECONDARY\\MPR',
          'ORIGINAL\\PRIMARY\\LOCALIZER',
        ),
        sliceCount: fc.constantFrom(5, 30, 200),
        lengthMm: fc.constantFrom(undefined, 60, 150, 400),
      }),
      { selector: ({ seriesInstanceUid }) => seriesInstanceUid, minLength: 1 },
    );
    fc.assert(
      fc.property(series, (many) => {
        const all = many.map((facts) => ({ ...good, ...facts }));
        expect(judgeSeries(all.toReversed(), rules).chosen).to.deep.equal(judgeSeries(all, rules).chosen);
      }),
    );
  });

  it('refuses a rule file with a typo at start-up, naming the place', () => {
    const typo = { version: '1', rules: [{ id: 'x', why: 'y', when: [{ fact: 'thicknes', below: 1 }], score: 1 }] };
    expect(() => parseRules(typo))
      .to.throw('Series selection rules')
      .with.property('code', 'config-invalid');
  });

  it('gives every built-in rule an id of its own and a reason', () => {
    const ids = rules.rules.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});
