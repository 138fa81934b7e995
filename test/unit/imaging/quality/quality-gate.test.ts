import { expect } from 'chai';
import { createHeadPhantom, type HeadPhantomOptions } from '../../../../src/phantom/head-phantom.ts';
import { measureVolume, type VolumeMeasures } from '../../../../src/imaging/quality/measures.ts';
import { passQualityGate, type GateInput } from '../../../../src/imaging/quality/quality-gate.ts';

const acquired = { sliceCount: 30, spacingMm: 5, thicknessMm: 5 };

function measure(
  options: Partial<HeadPhantomOptions>,
  change: (hu: Int16Array) => Int16Array = (hu) => hu,
): VolumeMeasures {
  const phantom = createHeadPhantom({ seed: 5, matrix: 128, ...options });
  const { rows, columns, sliceCount, pixelSpacingMm: spacing, positionsMm } = phantom;
  const geometry = {
    rows,
    columns,
    sliceCount,
    pixelSpacingMm: [spacing, spacing] as const,
    slicePositionsMm: positionsMm.map(([, , z]) => z),
    sliceThicknessMm: 5,
    gantryTiltDeg: 0,
  };
  return measureVolume(change(phantom.hu), geometry);
}

const plain = measure({});
const gate = (more: Partial<GateInput> = {}) => passQualityGate({ acquired, kvp: 120, measures: plain, ...more });
const outcomeOf = (input: Partial<GateInput>, code: string) =>
  gate(input).checks.find((check) => check.code === code)?.outcome;

describe('imaging/quality/quality-gate', () => {
  it('lets a whole head pass, with every row measured or honestly not assessed', () => {
    const { checks, refusal } = gate();
    expect(refusal).to.equal(undefined);
    expect(checks.filter(({ outcome }) => outcome === 'failed')).to.deep.equal([]);
    expect(checks.find(({ code }) => code === 'motion')?.outcome).to.equal('not-assessed');
    for (const { measured, limit } of checks) expect(measured !== '' && limit !== '').to.equal(true);
  });

  const REFUSED: readonly (readonly [string, Partial<GateInput>, string])[] = [
    ['nine slices', { acquired: { ...acquired, sliceCount: 9 } }, 'too-few-slices'],
    ['80 kV', { kvp: 80 }, 'kvp-out-of-range'],
    ['150 kV', { kvp: 150 }, 'kvp-out-of-range'],
    ['12 mm slices', { acquired: { ...acquired, thicknessMm: 12 } }, 'slice-geometry-inconsistent'],
    [
      'a volume without air',
      { measures: measure({}, (hu) => hu.map((value) => Math.max(value, 0))) },
      'hounsfield-implausible',
    ],
    ['a volume without bone', { measures: measure({}, (hu) => hu.map((value) => Math.min(value, 100))) }, 'not-head'],
    [
      'HU that are 45 too high',
      { measures: measure({}, (hu) => hu.map((value) => (value > -100 ? value + 45 : value))) },
      'hounsfield-implausible',
    ],
    ['the lower half of a head', { measures: measure({ sliceCount: 16 }) }, 'partial-brain'],
    ['the upper third of a head', { measures: measure({ sliceCount: 12, lowestSliceMm: 60 }) }, 'partial-brain'],
    [
      'a head full of metal',
      {
        measures: measure({}, (hu) =>
          hu.map((value, index) => (value > 20 && value < 60 && index % 40 === 0 ? 3500 : value)),
        ),
      },
      'metal-artifact',
    ],
    [
      'enhanced vessels through the brain',
      {
        measures: measure({}, (hu) =>
          hu.map((value, index) => (value > 20 && value < 60 && index % 8 === 0 ? 300 : value)),
        ),
      },
      'contrast-enhanced',
    ],
  ];
  for (const [what, input, reason] of REFUSED) {
    it(`refuses ${what}: ${reason}`, () => {
      const { refusal } = gate(input);
      expect(refusal).to.include({ kind: 'abstained', reason });
      expect(refusal?.detail).to.match(/\d/);
    });
  }

  it('does not hold a missing tube voltage against the study, and says so', () => {
    expect(gate({ kvp: undefined }).refusal).to.equal(undefined);
    expect(outcomeOf({ kvp: undefined }, 'tube-voltage')).to.equal('not-assessed');
  });

  it('warns below the usual length of a brain', () => {
    expect(outcomeOf({ measures: { ...plain, brainLengthMm: 80 } }, 'brain-length')).to.equal('warned');
  });

  it('measures lungs as no head', () => {
    expect(gate({ measures: { ...plain, lungShare: 0.3 } }).refusal).to.include({ reason: 'not-head' });
  });
});
