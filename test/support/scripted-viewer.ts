/**
 * The evidence page over scripted parts on a real loopback server: one assessment, one phantom CT, a link signer
 * and whatever the test switches. No archive, no chart, no networks.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { loadServiceData } from '../../cds-hooks/thrombectomy-risk/service-data.ts';
import type { CtVolume } from '../../src/assessment/domain/ct-volume.ts';
import type { EvidenceLevel } from '../../src/assessment/domain/evidence-level.ts';
import type { AssessmentEvidence, Estimate, StudyAssessment } from '../../src/assessment/domain/finding.ts';
import type { AnalysisState, AuditRecord } from '../../src/assessment/domain/ports.ts';
import { TARGETS } from '../../src/assessment/domain/target.ts';
import { computeScores } from '../../src/assessment/scores/compute-score.ts';
import { toFault } from '../../src/errors.ts';
import { createHeadPhantom } from '../../src/phantom/head-phantom.ts';
import { createLinkSigner, type LinkSigner } from '../../src/security/link-signer.ts';
import type { VerifySession } from '../../src/viewer/admit-visit.ts';
import { createViewerRouter } from '../../src/viewer/create-viewer-router.ts';
import { createTextChooser } from '../../src/viewer/page-texts.ts';
import type { OpenedVolume, VolumeShelf } from '../../src/viewer/volume-shelf.ts';

export const VIEWER_KEY = 'ab'.repeat(32);
export const VIEWER_HOOK = '0b9a1d4e-6f43-4b8b-9f0c-6a2c0e1f7d11';
const NETWORKS = [
  { network: 'inception_v4', displayName: 'InceptionV4', version: '0.1.0', digest: '1'.repeat(64) },
  { network: 'legacy_seresnet101', displayName: 'SEResNet101', version: '0.1.0', digest: '2'.repeat(64) },
];

export interface ScriptedViewer {
  readonly url: string;
  readonly links: LinkSigner;
  readonly audited: AuditRecord[];
  readonly state: {
    assessment: StudyAssessment | undefined;
    findCurrent: () => Promise<StudyAssessment | undefined>;
    isKnownLate: () => Promise<boolean>;
    /** Keys that were looked at for late images. */
    looks: string[];
    analysis: AnalysisState;
    opened: OpenedVolume;
    auditFails: boolean;
    now: Date;
    verifySession: VerifySession;
  };
  close(): Promise<void>;
}

export interface ScriptedViewerOptions {
  readonly logger: Logger;
  readonly matrix?: number;
  readonly sliceCount?: number;
  readonly evaluationFolder?: string;
  readonly isShadow?: boolean;
  readonly minimumEvidence?: EvidenceLevel;
}

export async function createScriptedViewer(options: ScriptedViewerOptions): Promise<ScriptedViewer> {
  const volume = createPhantomVolume(options.matrix ?? 512, options.sliceCount ?? 30);
  const state: ScriptedViewer['state'] = {
    assessment: createScriptedAssessment(volume),
    findCurrent: () => Promise.resolve(state.assessment),
    isKnownLate: () => Promise.resolve(false),
    looks: [],
    analysis: { kind: 'unknown' },
    opened: { kind: 'volume', volume, isWhatNetworksSaw: true },
    auditFails: false,
    now: new Date(),
    verifySession: () => Promise.resolve({ kind: 'refused', reason: 'session-expired' }),
  };
  const audited: AuditRecord[] = [];
  const evidence = createScriptedEvidence(volume);
  const volumes: VolumeShelf = {
    open: () => Promise.resolve(state.opened),
    find: () => Promise.resolve(state.opened),
    clear: () => undefined,
  };
  const app = express().set('query parser', 'simple');
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const now = () => state.now;
  const links = createLinkSigner({ publicUrl: url, secrets: ['s'.repeat(32)], lifetimeMs: 600_000, now });
  app.use(
    createViewerRouter({
      verifyLink: (key, query) => links.verify(key, query),
      verifySession: (key, request) => state.verifySession(key, request),
      isShadow: options.isShadow ?? false,
      minimumEvidence: options.minimumEvidence ?? 'untrained',
      chooseTexts: createTextChooser('en'),
      chart: {
        findAssessment: () => Promise.resolve(state.assessment),
        findCurrentAssessment: () => state.findCurrent(),
      },
      queue: { findState: () => Promise.resolve(state.analysis) },
      lateImages: { isKnownLate: () => state.isKnownLate(), lookSoon: ({ key }) => void state.looks.push(key) },
      evidence: { find: () => Promise.resolve(evidence) },
      feedback: { findByAssessment: () => Promise.resolve([createScriptedFeedback()]) },
      volumes,
      readScores: () => Promise.resolve(computeScores(SCRIPTED_FACTS)),
      readBiomarkers: () =>
        Promise.resolve([
          {
            name: 'LCN2 (NGAL)',
            value: 142,
            unit: 'ng/mL',
            at: '2026-11-23T10:00:00Z',
            source: 'Observation/ngal',
            finding: { en: 'Named in the paper', de: 'In der Arbeit genannt' },
            citation: 'Front Neurol 2025',
          },
        ]),
      readViews: () =>
        Promise.resolve([{ at: '2026-11-23T11:00:00Z', what: 'order-answered' as const, who: 'Practitioner/d1' }]),
      contracts: ['inception_v4', 'legacy_seresnet101'].map(readContract),
      ...(options.evaluationFolder === undefined ? {} : { evaluationFolder: options.evaluationFolder }),
      baseRates: loadServiceData('en').baseRates,
      fhirBaseUrl: 'http://127.0.0.1:9/fhir',
      audit: {
        record: (event) => {
          if (state.auditFails) return Promise.reject(new Error('the trail cannot be written'));
          audited.push(event);
          return Promise.resolve();
        },
      },
      logger: options.logger,
      now,
    }),
  );
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const fault = toFault(error);
    response.status(fault.status).json({ code: fault.code, message: fault.message });
  });
  return {
    url,
    links,
    audited,
    state,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function createPhantomVolume(matrix: number, sliceCount: number): CtVolume {
  const phantom = createHeadPhantom({
    seed: 7,
    matrix,
    sliceCount,
    lesions: [{ kind: 'intraparenchymal', side: 'right', site: 'basal-ganglia', volumeMl: 28 }],
  });
  const hu = new Int16Array(new SharedArrayBuffer(phantom.hu.byteLength));
  hu.set(phantom.hu);
  return {
    rows: phantom.rows,
    columns: phantom.columns,
    sliceCount: phantom.sliceCount,
    hu,
    pixelSpacingMm: [phantom.pixelSpacingMm, phantom.pixelSpacingMm],
    slicePositionsMm: Array.from({ length: phantom.sliceCount }, (_, index) => index * 5),
    sliceThicknessMm: 5,
    gantryTiltDeg: 0,
    sourceInstanceUids: Array.from({ length: phantom.sliceCount }, (_, index) => [`1.2.${String(index)}`]),
    digest: 'c'.repeat(64),
  };
}

/** Hemorrhage estimated, forecast withheld, collaterals too close to call: all three faces of a finding. */
export function createScriptedAssessment(volume: CtVolume): StudyAssessment {
  const middle = Math.floor(volume.sliceCount * 0.5);
  const estimate: Estimate = {
    kind: 'estimate',
    target: 'ich-present',
    evidenceLevel: 'in-silico',
    probability: 0.91,
    interval: { lower: 0.78, upper: 0.96, coverage: 0.95 },
    threshold: 0.42,
    call: 'positive',
    opinions: [
      { network: 'inception_v4', probability: 0.94 },
      { network: 'legacy_seresnet101', probability: 0.86 },
    ],
    drivingSlices: [middle, middle + 1, middle - 1],
  };
  return {
    key: VIEWER_KEY,
    patientId: 'p1',
    imagingStudyId: 'ct1',
    studyInstanceUid: '1.2.3',
    seriesInstanceUid: '1.2.3.2',
    studyStartedAt: new Date(Date.now() - 25 * 60_000).toISOString(),
    studyChoiceReason: 'Latest of 1 head CT before the order, 0.4 h old',
    ensemble: { id: 'inception-v4-and-seresnet101', version: '0.1.0', digest: '3'.repeat(64), networks: NETWORKS },
    assessedAt: new Date(Date.now() - 20 * 60_000).toISOString(),
    inputDigest: volume.digest,
    findings: [
      estimate,
      {
        kind: 'abstained',
        target: 'ich-after-evt',
        evidenceLevel: 'untrained',
        reason: 'evidence-too-low',
        detail: 'The evidence behind this number is "untrained"; this site shows numbers from "in-silico" on.',
      },
      {
        kind: 'abstained',
        target: 'poor-collaterals',
        evidenceLevel: 'in-silico',
        reason: 'networks-disagree',
        detail: 'The networks differ by 48 points; more than 35 is not reported.',
      },
    ],
    report: {
      series: [
        {
          seriesInstanceUid: '1.2.3.2',
          description: 'Head 5.0 H30s',
          instanceCount: 30,
          score: 60,
          reasons: ['kernel-soft +20', 'thickness 5 mm +20'],
          chosen: true,
        },
        {
          seriesInstanceUid: '1.2.3.1',
          description: 'Topogram',
          instanceCount: 1,
          reasons: ['localizer: excluded'],
          chosen: false,
        },
      ],
      quality: [
        { code: 'slice-count', outcome: 'passed', measured: '30 slices', limit: 'at least 10' },
        { code: 'kvp', outcome: 'passed', measured: '120 kVp', limit: '100 to 140 kVp' },
        { code: 'motion', outcome: 'not-assessed', measured: 'not measured', limit: 'none set' },
        { code: 'slice-spacing', outcome: 'warned', measured: '1 irregular step', limit: 'none' },
      ],
      acquisition: { kVp: 120, kernel: 'H30s' },
      stagesMs: {},
    },
    stagesMs: { ct: 412, tensors: 95, inception_v4: 2410, legacy_seresnet101: 1980 },
  };
}

export function createScriptedEvidence(volume: CtVolume): AssessmentEvidence {
  const sliceIndexes = Array.from({ length: volume.sliceCount - 4 }, (_, index) => index + 2);
  const middle = volume.sliceCount * 0.5;
  return {
    key: VIEWER_KEY,
    networks: [8, 7].map((size, at) => ({
      network: NETWORKS[at]?.network ?? '',
      sliceIndexes,
      logits: sliceIndexes.map((index) => TARGETS.map(() => 3 - Math.abs(index - middle - at) * 0.8)),
      cams: sliceIndexes.map((index) => TARGETS.map(() => createMap(size, at, 1 / (1 + Math.abs(index - middle) / 3)))),
      camSize: [size, size],
      crop: [Math.round(volume.rows * 0.06), Math.round(volume.columns * 0.12), Math.round(volume.rows * 0.85)],
    })),
  };
}

/** A blob in the left half of the picture, a little elsewhere for each network. */
function createMap(size: number, at: number, strength: number): number[] {
  return Array.from({ length: size * size }, (_, cell) => {
    const [y, x] = [Math.floor(cell / size) / size, (cell % size) / size];
    const distance = Math.hypot(y - 0.45, x - (0.35 + 0.12 * at));
    return Math.round(1000 * strength * Math.exp(-distance * distance * 22)) / 1000;
  });
}

const SCRIPTED_FACTS = {
  nihss: { value: 17, source: 'Observation/nihss', at: '2026-11-23T10:00:00Z' },
  glucose: { value: 9.1, source: 'Observation/glucose', at: '2026-11-23T10:00:00Z' },
  earlyInfarctSigns: { value: false, source: 'Observation/signs' },
  denseArterySign: { value: false, source: 'Observation/dense' },
  ageYears: { value: 61, source: 'Patient/p1' },
};

function createScriptedFeedback() {
  return {
    serviceId: 'thrombectomy-risk',
    cardUuid: VIEWER_HOOK,
    outcome: 'overridden' as const,
    acceptedSuggestionIds: [],
    overrideReason: { system: 'urn:test', code: 'known', display: 'Already known' },
    userComment: 'Dr. Private says so',
    outcomeAt: '2026-11-23T11:00:00Z',
    issuer: 'sandbox',
    decision: 'stop-gate',
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as unknown;
}

function readContract(network: string): unknown {
  return readJson(`models/${network}/0.2.0/contract.json`);
}
