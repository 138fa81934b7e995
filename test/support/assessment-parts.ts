/** Small but complete contracts, volumes and ports for tests of the middle; deterministic, no network, no pixels. */
import type { CtStudy, CtReport, LoadedCt } from '../../src/assessment/domain/ct-study.ts';
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { EnsembleContract, NetworkContract, TargetContract } from '../../src/assessment/domain/model-contract.ts';
import type { NetworkAnswer, NetworkEngine, NetworkInput } from '../../src/assessment/domain/ports.ts';
import { TARGETS } from '../../src/assessment/domain/target.ts';

/** As a chart without dates of change gives it. */
export const UNDATED_STUDY: CtStudy = {
  imagingStudyId: 'ct-1',
  studyInstanceUid: '2.25.1001',
  patientId: 'patient-1',
  startedAt: '2026-11-23T08:00:00Z',
  series: [{ seriesInstanceUid: '2.25.2002', modality: 'CT', numberOfInstances: 10 }],
  choiceReason: 'the only head CT before the order',
};

/** Long arrived. */
export const STUDY: CtStudy = { ...UNDATED_STUDY, changedAt: '2026-11-23T08:05:00Z' };

export const REPORT: CtReport = {
  series: [],
  quality: [{ code: 'slice-count', outcome: 'passed', measured: '30 slices', limit: '>= 10 slices' }],
  acquisition: { kvp: 120 },
  stagesMs: { fetch: 20 },
};

export function makeTarget(index: number, level: EvidenceLevel, change: Partial<TargetContract> = {}): TargetContract {
  return {
    target: TARGETS[index] ?? 'ich-present',
    evidenceLevel: level,
    calibration: { method: 'logistic', slope: 1, intercept: 0, bootstrap: [] },
    threshold: { probability: 0.5, rule: 'test' },
    abstentionBand: { lower: 0.5, upper: 0.5 },
    ...change,
  };
}

export function makeNetwork(
  name: string,
  levels: readonly EvidenceLevel[] = ['research', 'in-silico', 'in-silico'],
): NetworkContract {
  return {
    network: name,
    displayName: name,
    version: '0.1.0',
    digest: name.padEnd(64, '0'),
    recipe: {
      heightPx: 4,
      widthPx: 4,
      crop: { rule: 'skull-bounding-square', skullThresholdHu: 300, tailFraction: 0.01, marginFraction: 0.05 },
      slices: { rule: 'brain-fraction', tissueHu: [0, 80], minimumFraction: 0.1 },
      windows: [{ name: 'brain', levelHu: 40, widthHu: 80 }],
      resize: 'bilinear-antialias',
      mean: [0.5],
      std: [0.5],
    },
    pooling: { rule: 'top-k-mean', k: 2 },
    camSize: [1, 2],
    targets: levels.map((level, index) => makeTarget(index, level)),
  };
}

export function makeEnsemble(networks: readonly NetworkContract[]): EnsembleContract {
  return {
    id: 'test',
    version: '1.0.0',
    digest: 'e'.repeat(64),
    networks,
    combination: { rule: 'mean-logit', maximumDisagreement: 0.35 },
  };
}

export const INPUT: NetworkInput = { pixels: new Float32Array(3 * 16), sliceIndexes: [4, 5, 6], crop: [0, 0, 4] };

/** Three slices; every target gets the same logits; maps rise with the slice. */
export function makeAnswer(sliceLogits: readonly number[]): NetworkAnswer {
  return {
    logits: Float32Array.from(sliceLogits.flatMap((logit) => [logit, logit, logit])),
    cams: Float32Array.from({ length: sliceLogits.length * 3 * 2 }, (_, index) => index - 3),
    durationMs: 1,
  };
}

export function makeEngine(
  ensemble: EnsembleContract,
  logits: Readonly<Record<string, readonly number[]>>,
): NetworkEngine & { runs: number } {
  const engine = {
    ensemble,
    runs: 0,
    run(network: NetworkContract): Promise<NetworkAnswer> {
      engine.runs += 1;
      return Promise.resolve(makeAnswer(logits[network.network] ?? [0, 0, 0]));
    },
    isReady: () => true,
    close: () => Promise.resolve(),
  };
  return engine;
}

export function makeLoadedCt(): LoadedCt {
  return {
    kind: 'volume',
    seriesInstanceUid: '2.25.2002',
    report: REPORT,
    volume: {
      rows: 4,
      columns: 4,
      sliceCount: 10,
      hu: new Int16Array(new SharedArrayBuffer(2 * 160)),
      pixelSpacingMm: [0.5, 0.5],
      slicePositionsMm: Array.from({ length: 10 }, (_, index) => index * 5),
      sliceThicknessMm: 5,
      gantryTiltDeg: 0,
      sourceInstanceUids: Array.from({ length: 10 }, (_, index) => [`2.25.3${String(index)}`]),
      digest: 'd'.repeat(64),
    },
  };
}
