/**
 * The quality gate: each row a measured value, its limit and an outcome. The first failed row is why the service
 * abstains; a warning is kept for the record. Limits live in limits.json with their sources.
 */
import { abstain, type Abstention, type AbstentionReason } from '../../assessment/domain/abstention.ts';
import type { QualityCheck } from '../../assessment/domain/ct-study.ts';
import type { VolumePlan } from '../volume/volume-plan.ts';
import limits from './limits.json' with { type: 'json' };
import type { VolumeMeasures } from './measures.ts';

export interface GateInput {
  readonly acquired: VolumePlan['acquired'];
  readonly kvp: number | undefined;
  readonly measures: VolumeMeasures;
}

export interface GateResult {
  readonly checks: readonly QualityCheck[];
  readonly refusal: Abstention | undefined;
}

interface Row {
  readonly code: string;
  readonly reason: AbstentionReason;
  /** undefined = could not be measured. */
  readonly outcome: QualityCheck['outcome'];
  readonly measured: string;
  readonly limit: string;
}

export function passQualityGate(input: GateInput): GateResult {
  const rows = [...acquisitionRows(input), ...headRows(input.measures), ...artifactRows(input.measures)];
  const failed = rows.find((row) => row.outcome === 'failed');
  return {
    checks: rows.map(({ code, outcome, measured, limit }) => ({ code, outcome, measured, limit })),
    refusal: failed && abstain(failed.reason, describeFailure(failed)),
  };
}

/** "Lung density: 14.5 % of the box (limit: at most 12 %)." */
function describeFailure({ code, measured, limit }: Row): string {
  const words = code.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${measured} (limit: ${limit}).`;
}

const judge = (isFine: boolean, isBearable = false): QualityCheck['outcome'] =>
  isFine ? 'passed' : isBearable ? 'warned' : 'failed';

function acquisitionRows({ acquired, kvp }: GateInput): readonly Row[] {
  const { slices, kvp: voltage, thickness } = limits;
  const isKvpFine = kvp !== undefined && kvp >= voltage.minimum && kvp <= voltage.maximum;
  return [
    {
      code: 'slice-count',
      reason: 'too-few-slices',
      outcome: judge(acquired.sliceCount >= slices.minimum),
      measured: `${String(acquired.sliceCount)} slices`,
      limit: `at least ${String(slices.minimum)}`,
    },
    {
      code: 'tube-voltage',
      reason: 'kvp-out-of-range',
      outcome: kvp === undefined ? 'not-assessed' : judge(isKvpFine),
      measured: kvp === undefined ? 'not stated' : `${String(kvp)} kV`,
      limit: `${String(voltage.minimum)}-${String(voltage.maximum)} kV`,
    },
    {
      code: 'slice-thickness',
      reason: 'slice-geometry-inconsistent',
      outcome: judge(acquired.thicknessMm <= thickness.maximum),
      measured: `${acquired.thicknessMm.toFixed(2)} mm`,
      limit: `at most ${String(thickness.maximum)} mm`,
    },
  ];
}

function headRows(measures: VolumeMeasures): readonly Row[] {
  const { skullBox, brainLength, vertex, brainMedian, air, lung } = limits;
  const sides = measures.skullBoxMm ? [measures.skullBoxMm.width, measures.skullBoxMm.length] : [];
  const isHeadSized = sides.length === 2 && sides.every((mm) => mm >= skullBox.minimumMm && mm <= skullBox.maximumMm);
  const length = measures.brainLengthMm;
  const median = measures.brainMedianHu;
  return [
    {
      code: 'air-density',
      reason: 'hounsfield-implausible',
      outcome: judge(measures.rimLowHu <= air.maximum),
      measured: `${String(measures.rimLowHu)} HU at the rim`,
      limit: `at most ${String(air.maximum)} HU`,
    },
    {
      code: 'head-size',
      reason: 'not-head',
      outcome: judge(isHeadSized),
      measured: sides.length === 2 ? `bone ${sides.map((mm) => mm.toFixed(0)).join(' x ')} mm` : 'no bone',
      limit: `${String(skullBox.minimumMm)}-${String(skullBox.maximumMm)} mm each`,
    },
    {
      code: 'lung-density',
      reason: 'not-head',
      outcome: judge(measures.lungShare <= lung.maximumShare),
      measured: `${(measures.lungShare * 100).toFixed(1)} % of the box`,
      limit: `at most ${String(lung.maximumShare * 100)} %`,
    },
    {
      code: 'brain-density',
      reason: 'hounsfield-implausible',
      outcome:
        measures.brainSliceCount === 0
          ? 'not-assessed'
          : judge(median >= brainMedian.minimum && median <= brainMedian.maximum),
      measured: measures.brainSliceCount === 0 ? 'no brain slices' : `median ${String(median)} HU`,
      limit: `${String(brainMedian.minimum)}-${String(brainMedian.maximum)} HU`,
    },
    {
      code: 'brain-length',
      reason: 'partial-brain',
      outcome: judge(length >= brainLength.warnBelow, length >= brainLength.failBelow),
      measured: `${length.toFixed(0)} mm with brain`,
      limit: `at least ${String(brainLength.failBelow)} mm, usually ${String(brainLength.warnBelow)} mm`,
    },
    {
      code: 'vertex-covered',
      reason: 'partial-brain',
      outcome: judge(measures.topBrainShare <= vertex.maximumShare),
      measured: `top slice ${(measures.topBrainShare * 100).toFixed(0)} % of the largest brain area`,
      limit: `at most ${String(vertex.maximumShare * 100)} %`,
    },
  ];
}

function artifactRows({ vesselMl, metalMl }: VolumeMeasures): readonly Row[] {
  const { vessels, metal } = limits;
  return [
    {
      code: 'contrast-in-vessels',
      reason: 'contrast-enhanced',
      outcome: judge(vesselMl < vessels.warnMl, vesselMl < vessels.failMl),
      measured: `${vesselMl.toFixed(1)} mL of ${String(vessels.lowHu)}-${String(vessels.highHu)} HU`,
      limit: `below ${String(vessels.failMl)} mL, usually below ${String(vessels.warnMl)} mL`,
    },
    {
      code: 'metal',
      reason: 'metal-artifact',
      outcome: judge(metalMl < metal.warnMl, metalMl < metal.failMl),
      measured: `${metalMl.toFixed(2)} mL above ${String(metal.hu)} HU`,
      limit: `below ${String(metal.failMl)} mL`,
    },
    {
      code: 'motion',
      reason: 'motion-artifact',
      outcome: 'not-assessed',
      measured: 'no reliable measure without a reference',
      limit: 'none',
    },
  ];
}
