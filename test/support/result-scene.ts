/** A synthetic CT in a loopback archive, an assessment of it as a test wants it, and the archive for its results. */
import type { LoadedCt } from '../../src/assessment/domain/ct-study.ts';
import type { CtStudy } from '../../src/assessment/domain/ct-study.ts';
import type { AssessmentEvidence, Finding, StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { ResultArchive } from '../../src/assessment/domain/ports.ts';
import type { PacsEndpoint } from '../../src/imaging/dicomweb/pacs-endpoint.ts';
import { createResultArchive } from '../../src/imaging/results/result-archive.ts';
import type { CtStudyOptions } from '../../src/phantom/ct-study.ts';
import { createImagingScene, inTime, type ImagingScene } from './imaging-scene.ts';

export interface ResultScene extends ImagingScene {
  readonly study: CtStudy;
  readonly ct: LoadedCt;
  readonly assessment: StudyAssessment;
  readonly evidence: AssessmentEvidence;
  openArchive(endpoint?: PacsEndpoint, idleTimeoutMs?: number): ResultArchive;
  /** WADO-RS metadata of the analysed series. */
  readMetadata(): Promise<Uint8Array<ArrayBuffer>>;
}

export const WITHHELD: Finding = {
  kind: 'abstained',
  target: 'poor-collaterals',
  evidenceLevel: 'untrained',
  reason: 'evidence-too-low',
  detail: 'The evidence behind this number is "untrained"; this site shows numbers from "in-silico" on.',
};

export const POSITIVE: Finding = {
  kind: 'estimate',
  target: 'ich-present',
  evidenceLevel: 'in-silico',
  probability: 0.8712,
  interval: { lower: 0.71, upper: 0.934, coverage: 0.95 },
  threshold: 0.5,
  call: 'positive',
  opinions: [
    { network: 'inception_v4', probability: 0.9 },
    { network: 'legacy_seresnet101', probability: 0.84 },
  ],
  drivingSlices: [14, 15, 13],
};

export const NO_FORECAST: Finding = {
  kind: 'abstained',
  target: 'ich-after-evt',
  evidenceLevel: 'in-silico',
  reason: 'hemorrhage-present',
  detail: 'A forecast assumes a CT without hemorrhage; hemorrhage is suspected on this one.',
};

export async function createResultScene(options: Partial<CtStudyOptions> = {}): Promise<ResultScene> {
  const scene = await createImagingScene();
  const { study } = await scene.addStudy({ seed: 77, series: [{ role: 'thick-soft' }], ...options });
  const ct = await scene.source.loadHeadCt(study, inTime());
  if (ct.kind !== 'volume') throw new Error(ct.abstention.detail);
  const assessment = makeResult(study, ct);
  return {
    ...scene,
    study,
    ct,
    assessment,
    evidence: makeMaps(assessment.key, ct.volume),
    openArchive: (endpoint = { baseUrl: scene.pacs.url, credentials: { kind: 'none' }, reach: 'loopback' }, idle) =>
      createResultArchive({
        ...{ endpoint, ctSource: scene.source, workers: scene.workers },
        ...{ timeZone: 'Europe/Berlin', softwareVersion: '0.1.0' },
        ...(idle === undefined ? {} : { idleTimeoutMs: idle }),
      }),
    readMetadata: () => scene.source.readSeriesMetadata(study, ct.seriesInstanceUid, inTime()),
  };
}

export function makeResult(study: CtStudy, ct: LoadedCt, changes: Partial<StudyAssessment> = {}): StudyAssessment {
  return {
    key: 'a1'.repeat(32),
    patientId: study.patientId,
    imagingStudyId: study.imagingStudyId,
    studyInstanceUid: study.studyInstanceUid,
    seriesInstanceUid: ct.seriesInstanceUid,
    studyStartedAt: study.startedAt,
    studyChoiceReason: study.choiceReason,
    ensemble: {
      id: 'inception-v4+seresnet101',
      version: '0.1.0',
      digest: 'ab'.repeat(32),
      networks: [
        { network: 'inception_v4', displayName: 'InceptionV4', version: '0.1.0', digest: 'cd'.repeat(32) },
        { network: 'legacy_seresnet101', displayName: 'SEResNet101', version: '0.1.0', digest: 'ef'.repeat(32) },
      ],
    },
    assessedAt: '2026-11-25T21:07:08.123Z',
    inputDigest: ct.volume.digest,
    findings: [POSITIVE, NO_FORECAST, WITHHELD],
    report: ct.report,
    stagesMs: {},
    ...changes,
  };
}

/** One warm spot at the same place of every slice and target, for both networks. */
function makeMaps(key: string, { sliceCount, columns, rows }: LoadedCt['volume']): AssessmentEvidence {
  const sliceIndexes = Array.from({ length: sliceCount }, (_, index) => index);
  const network = (name: string, side: number): AssessmentEvidence['networks'][number] => ({
    network: name,
    sliceIndexes,
    logits: sliceIndexes.map(() => [0, 0, 0]),
    cams: sliceIndexes.map(() => [0, 1, 2].map(() => makeSpot(side))),
    camSize: [side, side],
    crop: [Math.round(rows / 8), Math.round(columns / 8), Math.round(columns * 0.75)],
  });
  return { key, networks: [network('inception_v4', 8), network('legacy_seresnet101', 10)] };
}

function makeSpot(side: number): number[] {
  return Array.from({ length: side * side }, (_, cell) => {
    const [y, x] = [Math.floor(cell / side) - side * 0.4, (cell % side) - side * 0.6];
    return Math.exp(-(x * x + y * y) / 3);
  });
}
